output "log_groups" {
  description = "Each process's log group."
  value       = { for process, group in aws_cloudwatch_log_group.process : process => group.name }
}

output "topic_arn" {
  description = "Where alarms are told."
  value       = aws_sns_topic.alarms.arn
}
