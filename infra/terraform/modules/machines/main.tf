# Machines of the workers' own, one worker on each: media tools are shut in by Landlock, which Amazon Linux 2023 has and Fargate is
# not known to have (docs/decisions/0039). `worker` stands on demand, `worker_spot` on what AWS takes back with two minutes' notice.

locals {
  groups = {
    worker      = { on_demand_percent = 100, most = var.most.worker }
    worker_spot = { on_demand_percent = 0, most = var.most.worker_spot }
  }
}

# The newest image of ECS's for Amazon Linux 2023, as it is when somebody applies: machines are then replaced one after the other.
data "aws_ssm_parameter" "image" {
  name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
}

resource "aws_launch_template" "this" {
  name_prefix            = "${var.name}-worker-"
  description            = "A machine for one worker: nobody logs in, and tasks do not reach its role"
  image_id               = data.aws_ssm_parameter.image.insecure_value
  update_default_version = true

  iam_instance_profile {
    arn = aws_iam_instance_profile.this.arn
  }

  # One hop does for the agent. A task has an interface of its own on the machine and no hop to go: BLOCK_IMDS bars that.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  network_interfaces {
    associate_public_ip_address = false
    delete_on_termination       = true
    security_groups             = [aws_security_group.this.id]
  }

  # Copies of originals lie on it while they are worked on.
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size           = var.disk + 30
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.name}-worker" }
  }
  tag_specifications {
    resource_type = "volume"
    tags          = { Name = "${var.name}-worker" }
  }

  # A task's disk is cleared ten minutes after its end, not three hours.
  user_data = base64encode(<<-EOT
    #!/bin/bash
    cat >> /etc/ecs/ecs.config <<'END'
    ECS_CLUSTER=${var.name}
    ECS_AWSVPC_BLOCK_IMDS=true
    ECS_DISABLE_PRIVILEGED=true
    ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true
    ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
    ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=10m
    END
    systemctl mask --now sshd.service
  EOT
  )
}

resource "aws_autoscaling_group" "this" {
  for_each              = local.groups
  name_prefix           = "${var.name}-${replace(each.key, "_", "-")}-"
  vpc_zone_identifier   = var.network.private_subnets
  min_size              = 0
  max_size              = max(2 * each.value.most, 1)
  health_check_type     = "EC2"
  protect_from_scale_in = true # whose worker has work is not taken; ECS lifts it from those that have none

  mixed_instances_policy {
    instances_distribution {
      on_demand_base_capacity                  = 0
      on_demand_percentage_above_base_capacity = each.value.on_demand_percent
      on_demand_allocation_strategy            = "prioritized"
      spot_allocation_strategy                 = "price-capacity-optimized"
    }
    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.this.id
        version            = aws_launch_template.this.latest_version
      }
      dynamic "override" {
        for_each = var.types
        content {
          instance_type = override.value
        }
      }
    }
  }

  # A new image or a new setting: a machine comes before one goes, and its worker gives back what it has in hand.
  instance_refresh {
    strategy = "Rolling"
    preferences {
      min_healthy_percentage       = 100
      max_healthy_percentage       = 200
      scale_in_protected_instances = "Refresh"
    }
  }

  tag {
    key                 = "Name"
    value               = "${var.name}-${replace(each.key, "_", "-")}"
    propagate_at_launch = true
  }
  # ECS puts it there; without this line Terraform would take it away again.
  tag {
    key                 = "AmazonECSManaged"
    value               = "true"
    propagate_at_launch = true
  }

  lifecycle {
    ignore_changes = [desired_capacity] # ECS's managed scaling has it
  }
}

resource "aws_ecs_capacity_provider" "this" {
  for_each = local.groups
  name     = "${var.name}-${replace(each.key, "_", "-")}"

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.this[each.key].arn
    managed_draining               = "ENABLED"
    managed_termination_protection = "ENABLED"

    managed_scaling {
      status          = "ENABLED"
      target_capacity = 100
    }
  }
}
