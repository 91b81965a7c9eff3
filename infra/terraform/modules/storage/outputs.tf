output "buckets" {
  description = "Each bucket's name: originals, derivatives, checkpoints, exports, spool."
  value       = local.names
}

output "bucket_arns" {
  description = "Each bucket's ARN."
  value       = local.arns
}

output "media_key_arn" {
  description = "The key of all buckets but the checkpoints'."
  value       = aws_kms_key.media.arn
}

output "checkpoint_key_arn" {
  description = "The key of the checkpoints."
  value       = aws_kms_key.checkpoints.arn
}
