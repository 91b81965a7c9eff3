# Two roles for each process: what it may do itself (task), and what ECS may fetch to start it (execution): the image, its
# own secret, its own log.

data "aws_caller_identity" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  by_ecs = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:aws:ecs:${var.region}:${local.account_id}:*" }
      }
    }]
  })
}

resource "aws_iam_role" "task" {
  for_each           = local.names
  name               = "${var.name}-${each.key}"
  description        = "What ${each.key} may do"
  assume_role_policy = local.by_ecs
}

resource "aws_iam_role_policy" "task" {
  for_each = local.task_policies
  name     = "what-it-does"
  role     = aws_iam_role.task[each.key].name
  policy   = jsonencode(each.value)
}

resource "aws_iam_role" "execution" {
  for_each           = local.names
  name               = "${var.name}-${each.key}-start"
  description        = "What ECS fetches to start ${each.key}"
  assume_role_policy = local.by_ecs
}

resource "aws_iam_role_policy" "execution" {
  #checkov:skip=CKV_AWS_355: ecr:GetAuthorizationToken names no resource
  #checkov:skip=CKV_AWS_290: the same
  for_each = local.names
  name     = "what-it-needs-to-start"
  role     = aws_iam_role.execution[each.key].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Effect   = "Allow"
        Action   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = aws_ecr_repository.this.arn
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:aws:logs:${var.region}:${local.account_id}:log-group:${var.log_groups[each.key]}:*"
      },
      {
        Effect = "Allow"
        Action = "secretsmanager:GetSecretValue"
        Resource = concat(
          [aws_secretsmanager_secret.process[each.key].arn],
          each.key == "prepare" ? [var.database.admin_secret_arn] : [],
        )
      },
      {
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = concat([aws_kms_key.secrets.arn], each.key == "prepare" ? [var.database.key_arn] : [])
      },
    ]
  })
}

# A shell in the operator's task goes through Systems Manager; nothing that is typed there is logged.
resource "aws_iam_role_policy" "shell" {
  #checkov:skip=CKV_AWS_355: ssmmessages names no resources
  #checkov:skip=CKV_AWS_290: the same
  count = var.console_shell ? 1 : 0
  name  = "shell"
  role  = aws_iam_role.task["operator"].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ]
      Resource = "*"
    }]
  })
}
