# The list of what citizens took back, every five minutes, as cron does it on one machine (docs/runbooks/backup.md).

resource "aws_scheduler_schedule" "deletions" {
  #checkov:skip=CKV_AWS_297: it holds the names of a task and a network, and no secret
  name                = "${var.name}-deletions"
  description         = "Notes which tips are deleted, so that a database that is brought back deletes them again"
  schedule_expression = "rate(5 minutes)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_ecs_cluster.this.arn
    role_arn = aws_iam_role.schedule.arn

    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.process["deletions"].arn
      launch_type         = "FARGATE"

      network_configuration {
        subnets          = var.network.private_subnets
        security_groups  = [aws_security_group.task["deletions"].id]
        assign_public_ip = false
      }
    }

    # The next one comes soon enough, and knows what this one would have.
    retry_policy {
      maximum_event_age_in_seconds = 120
      maximum_retry_attempts       = 2
    }
  }
}

resource "aws_iam_role" "schedule" {
  name        = "${var.name}-schedule"
  description = "Who starts the task that notes deletions"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  name = "start-it"
  role = aws_iam_role.schedule.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "ThisTaskInThisCluster"
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = "arn:aws:ecs:${var.region}:${local.account_id}:task-definition/${var.name}-deletions:*"
        Condition = { ArnEquals = { "ecs:cluster" = "arn:aws:ecs:${var.region}:${local.account_id}:cluster/${var.name}" } }
      },
      {
        Sid       = "AsItself"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = [for role in ["deletions", "deletions-start"] : "arn:aws:iam::${local.account_id}:role/${var.name}-${role}"]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
  })
}
