output "cluster" {
  description = "The ECS cluster."
  value       = aws_ecs_cluster.this.name
}

output "services" {
  description = "Each ECS service's name."
  value       = [for service in aws_ecs_service.this : service.name]
}

output "repository" {
  description = "Where the image is pushed to."
  value       = aws_ecr_repository.this.repository_url
}

output "balancer" {
  description = "The balancer: its name for alarms, its address for DNS."
  value = {
    suffix  = aws_lb.this.arn_suffix
    address = aws_lb.this.dns_name
    zone    = aws_lb.this.zone_id
  }
}

output "target_groups" {
  description = "Each door's target group, as alarms name it."
  value       = { for door, group in aws_lb_target_group.door : door => group.arn_suffix }
}

output "task_role_arns" {
  description = "Each process's task role."
  value       = { for process, role in aws_iam_role.task : process => role.arn }
}

output "task_groups" {
  description = "Each process's security group: `prepare` and `operator` are started by hand, in it."
  value       = { for process, group in aws_security_group.task : process => group.id }
}

output "task_definitions" {
  description = "Each process's task definition."
  value       = { for process, definition in aws_ecs_task_definition.process : process => definition.family }
}

output "secrets" {
  description = "Each process's secret, and the names that belong into it."
  value       = { for process, is in local.processes : process => { id = "${var.name}/${process}", names = is.secrets } }
}

output "task_policies" {
  description = "What each process may do, as tests compare it with what it does."
  value       = local.task_policies
}

output "containers" {
  description = "Each process's container, as tests read it."
  value       = local.containers
}

output "capacity" {
  description = "What each service runs on, as tests read it."
  value       = { for service, is in local.services : service => is.capacity }
}
