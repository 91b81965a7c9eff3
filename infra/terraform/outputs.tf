output "balancer" {
  description = "Where both host names point to: an alias of `address` in `zone`."
  value       = module.services.balancer
}

output "repository" {
  description = "Where the image is pushed to."
  value       = module.services.repository
}

output "cluster" {
  description = "The ECS cluster."
  value       = module.services.cluster
}

output "secrets" {
  description = "Each process's secret, and the names that belong into it."
  value       = module.services.secrets
}

output "database_address" {
  description = "The database's host name, for `python -m tipline.run.task_secrets`."
  value       = module.database.address
}

output "buckets" {
  description = "Each bucket's name."
  value       = module.storage.buckets
}

output "bucket_keys" {
  description = "The ARN of the key that each bucket is encrypted under."
  value       = module.storage.keys
}

output "run_by_hand" {
  description = "What `aws ecs run-task` wants for `prepare` and `operator`."
  value = {
    subnets         = module.network.private_subnets
    groups          = module.services.task_groups
    task_definition = module.services.task_definitions
  }
}

output "task_policies" {
  description = "What each process may do, as tests compare it with what it does."
  value       = module.services.task_policies
}

output "containers" {
  description = "Each process's container, as tests read it."
  value       = module.services.containers
}
