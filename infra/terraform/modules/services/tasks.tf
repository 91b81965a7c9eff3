# Read-only root file systems, no capability, a uid of no account. What may be written: `scratch` and `spool`, on the task's
# own disk; both are declared as volumes in the Dockerfile, so they are handed over to our uid.

resource "aws_ecs_cluster" "this" {
  #checkov:skip=CKV_AWS_223: what an operator types may be a sign-in link or the words of a tip
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  configuration {
    execute_command_configuration {
      kms_key_id = aws_kms_key.secrets.arn
      logging    = "NONE"
    }
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = concat(["FARGATE", "FARGATE_SPOT"], values(local.machines))
}

locals {
  machines = coalesce(var.machines, {})
  # On a machine of its own a worker has the machine's disk, and its volumes go with the task.
  on_fargate = { for process, _ in local.processes : process => process != "worker" || var.machines == null }

  containers = {
    for process, is in local.processes : process => {
      name                   = process
      image                  = var.image
      essential              = true
      command                = is.command
      user                   = "10001:10001"
      readonlyRootFilesystem = process != "operator" # a shell needs to be put in
      linuxParameters = {
        initProcessEnabled = true
        capabilities       = { drop = ["ALL"] }
      }
      # What is under way is given back, or cut and resumed; Fargate waits two minutes at most, spot as well.
      stopTimeout  = 120
      portMappings = is.port == null ? [] : [{ containerPort = is.port, protocol = "tcp" }]
      mountPoints  = [for volume in is.volumes : { sourceVolume = volume, containerPath = "/var/lib/tipline/${volume}" }]
      environment = [
        for name, value in merge(local.common, is.settings) : { name = name, value = value }
      ]
      secrets = concat(
        [for name in is.secrets : { name = name, valueFrom = "${aws_secretsmanager_secret.process[process].arn}:${name}::" }],
        process == "prepare" ? [{ name = "TIPLINE_ADMIN_PASSWORD", valueFrom = "${var.database.admin_secret_arn}:password::" }] : [],
      )
      healthCheck = is.port == null ? null : {
        command     = ["CMD", "python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:${is.port}/healthz')"]
        interval    = 10
        timeout     = 5
        retries     = 6
        startPeriod = 30
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          awslogs-group         = var.log_groups[process]
          awslogs-region        = var.region
          awslogs-stream-prefix = process
          mode                  = "non-blocking"
          max-buffer-size       = "4m"
        }
      }
    }
  }
}

resource "aws_ecs_task_definition" "process" {
  #checkov:skip=CKV_AWS_336: read-only for all but the operator's, where a shell is put in
  for_each                 = local.processes
  family                   = "${var.name}-${each.key}"
  requires_compatibilities = [local.on_fargate[each.key] ? "FARGATE" : "EC2"]
  network_mode             = "awsvpc"
  cpu                      = var.sizes[each.key].cpu
  memory                   = var.sizes[each.key].memory
  task_role_arn            = aws_iam_role.task[each.key].arn
  execution_role_arn       = aws_iam_role.execution[each.key].arn
  container_definitions    = jsonencode([local.containers[each.key]])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  dynamic "ephemeral_storage" {
    for_each = local.on_fargate[each.key] ? [var.sizes[each.key].disk] : []
    content {
      size_in_gib = ephemeral_storage.value
    }
  }

  dynamic "volume" {
    for_each = toset(each.value.volumes)
    content {
      name = volume.value
    }
  }
}
