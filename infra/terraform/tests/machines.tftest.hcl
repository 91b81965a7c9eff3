# Where workers run: on machines of their own, or on Fargate once somebody has seen that its kernel has Landlock.

mock_provider "aws" {
  source          = "./tests/aws"
  override_during = plan
}

variables {
  name                 = "clinton-tipline"
  region               = "us-east-1"
  zones                = ["us-east-1a", "us-east-1b"]
  image                = "111122223333.dkr.ecr.us-east-1.amazonaws.com/clinton-tipline@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  public_host          = "tips.clinton.example"
  console_host         = "tips-console.clinton.example"
  console_cidrs        = ["192.0.2.0/24"]
  certificate_arn      = "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
  checkpoint_admin_arn = "arn:aws:iam::111122223333:role/city-clerk"
  alarm_emails         = ["oncall@clinton.example"]
  monthly_dollars      = 800
}

run "a_machine" {
  command = plan

  module {
    source = "./modules/machines"
  }

  variables {
    network = {
      vpc_id          = "vpc-1"
      private_subnets = ["subnet-1", "subnet-2"]
      endpoint_group  = "sg-1"
      s3_prefix_list  = "pl-1"
    }
    types = ["m7i.xlarge", "m6i.xlarge"]
    disk  = 200
    most  = { worker = 1, worker_spot = 8 }
  }

  assert {
    condition = alltrue([
      for options in aws_launch_template.this.metadata_options :
      options.http_tokens == "required" && options.http_put_response_hop_limit == 1
    ])
    error_message = "The machine's role is asked for with a token, from the machine alone."
  }
  assert {
    condition     = strcontains(base64decode(aws_launch_template.this.user_data), "\nECS_AWSVPC_BLOCK_IMDS=true\n") && strcontains(base64decode(aws_launch_template.this.user_data), "\nECS_CLUSTER=clinton-tipline\n")
    error_message = "A task reaches the machine's role, or the machine joins no cluster."
  }
  assert {
    condition     = startswith(base64decode(aws_launch_template.this.user_data), "#!/bin/bash\n")
    error_message = "cloud-init would not run it."
  }
  assert {
    condition     = alltrue([for disk in aws_launch_template.this.block_device_mappings : disk.ebs[0].encrypted == "true" && disk.ebs[0].volume_size == 230])
    error_message = "The disk is encrypted, and has room for the system beside a worker's copies."
  }
  assert {
    condition     = aws_launch_template.this.key_name == null && alltrue([for interface in aws_launch_template.this.network_interfaces : interface.associate_public_ip_address == "false"])
    error_message = "Nobody logs in, and nobody reaches it from outside."
  }
  assert {
    condition     = data.aws_ssm_parameter.image.name == "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
    error_message = "Amazon Linux 2023 has Landlock; the one before it has not."
  }
  assert {
    condition = {
      for group, is in aws_autoscaling_group.this : group =>
      [is.mixed_instances_policy[0].instances_distribution[0].on_demand_percentage_above_base_capacity, is.max_size, is.protect_from_scale_in]
    } == { worker = [100, 2, true], worker_spot = [0, 16, true] }
    error_message = "`worker` stands on demand and `worker_spot` on spare machines; a deployment has room beside; whoever works is not taken."
  }
  assert {
    condition = alltrue([
      for provider in aws_ecs_capacity_provider.this : alltrue([
        for group in provider.auto_scaling_group_provider :
        group.managed_draining == "ENABLED" && group.managed_termination_protection == "ENABLED" && group.managed_scaling[0].status == "ENABLED"
      ])
    ])
    error_message = "ECS makes machines, empties them before they go, and takes none that works."
  }
  assert {
    condition     = alltrue([for action in flatten([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Action]) : startswith(action, "ecs:") && !endswith(action, "*")])
    error_message = "A machine joins its cluster; images, logs, secrets and buckets are the tasks'."
  }
}

run "workers_on_machines" {
  command = plan

  assert {
    condition     = module.services.capacity["worker"] == "clinton-tipline-worker" && module.services.capacity["worker_spot"] == "clinton-tipline-worker-spot"
    error_message = "Workers run on machines unless somebody says otherwise."
  }
  assert {
    condition     = toset([for service, capacity in module.services.capacity : service if capacity == "FARGATE"]) == toset(["intake", "console", "expire"])
    error_message = "Doors, the console and the deletion clock need no machine."
  }
}

run "workers_on_fargate" {
  command = plan

  variables {
    workers_on = "FARGATE"
  }

  assert {
    condition     = module.services.capacity["worker"] == "FARGATE" && module.services.capacity["worker_spot"] == "FARGATE_SPOT" && length(module.machines) == 0
    error_message = "Where Fargate's kernel does, no machine is made."
  }
}

run "workers_elsewhere" {
  command = plan

  variables {
    workers_on = "LAMBDA"
  }

  expect_failures = [var.workers_on]
}
