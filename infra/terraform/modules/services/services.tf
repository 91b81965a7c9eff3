locals {
  # `worker_spot` is the same process on spare machines, which AWS takes back with two minutes' notice.
  services = merge(
    { for process, _ in local.doors : process => { process = process, capacity = "FARGATE", count = var.counts[process].least } },
    {
      worker      = { process = "worker", capacity = lookup(local.machines, "worker", "FARGATE"), count = var.counts["worker"].least }
      worker_spot = { process = "worker", capacity = lookup(local.machines, "worker_spot", "FARGATE_SPOT"), count = var.counts["worker_spot"].least }
      expire      = { process = "expire", capacity = "FARGATE", count = 1 }
    },
  )
}

resource "aws_ecs_service" "this" {
  for_each        = local.services
  name            = each.key
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.process[each.value.process].arn
  desired_count   = each.value.count

  enable_execute_command             = false
  health_check_grace_period_seconds  = contains(keys(local.doors), each.key) ? 60 : null
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  propagate_tags                     = "SERVICE"

  capacity_provider_strategy {
    capacity_provider = each.value.capacity
    weight            = 1
  }

  # A machine has one worker.
  dynamic "placement_constraints" {
    for_each = contains(keys(local.machines), each.key) ? ["distinctInstance"] : []
    content {
      type = placement_constraints.value
    }
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = each.key == "sms" ? var.network.outbound_subnets : var.network.private_subnets
    security_groups  = [aws_security_group.task[each.value.process].id]
    assign_public_ip = false
  }

  dynamic "load_balancer" {
    for_each = contains(keys(local.doors), each.key) ? [local.doors[each.key].port] : []
    content {
      target_group_arn = aws_lb_target_group.door[each.key].arn
      container_name   = each.key
      container_port   = load_balancer.value
    }
  }

  lifecycle {
    ignore_changes = [desired_count] # scaling.tf has it
  }

  depends_on = [aws_ecs_cluster_capacity_providers.this, aws_lb_listener.https, aws_iam_role_policy.task, aws_iam_role_policy.execution]
}
