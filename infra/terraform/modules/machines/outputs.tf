output "capacity" {
  description = "The capacity provider of each of the workers' services."
  value       = { for service, provider in aws_ecs_capacity_provider.this : service => provider.name }
}
