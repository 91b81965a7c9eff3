output "buckets" {
  description = "Each bucket's name: originals, derivatives, checkpoints, exports, spool."
  value       = local.names
}

output "bucket_arns" {
  description = "Each bucket's ARN."
  value       = local.arns
}

output "keys" {
  description = "The ARN of the key that each bucket is encrypted under."
  value       = { for bucket, is in local.buckets : bucket => is.key }
}
