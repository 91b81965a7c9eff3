# One secret for each process, empty: its values are put there by an operator (infra/terraform/README.md) and are never in
# the state. `python -m tipline.run.task_secrets` writes them.

resource "aws_kms_key" "secrets" {
  description             = "${var.name}: the processes' secrets"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccountDecidesByRoles"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${local.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_secretsmanager_secret" "process" {
  #checkov:skip=CKV2_AWS_57: keys open what was sealed to them; the runbook of key rotation says how they are turned
  for_each                = local.names
  name                    = "${var.name}/${each.key}"
  description             = "What ${each.key} alone is told"
  kms_key_id              = aws_kms_key.secrets.arn
  recovery_window_in_days = 30
}
