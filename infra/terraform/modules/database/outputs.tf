output "id" {
  description = "The instance, as alarms name it."
  value       = aws_db_instance.this.identifier
}

output "address" {
  description = "Its host name."
  value       = aws_db_instance.this.address
}

output "security_group" {
  description = "Its security group."
  value       = aws_security_group.this.id
}

output "admin_secret_arn" {
  description = "Where AWS keeps the administrator's password; `prepare` alone may read it."
  value       = aws_db_instance.this.master_user_secret[0].secret_arn
}

output "key_arn" {
  description = "The key that the password is encrypted under."
  value       = aws_kms_key.this.arn
}
