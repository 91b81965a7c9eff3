# Three keys. The public door has one alone, that of uploads in flight: no slip in a bucket's policy lets it open what is stored.
# Whoever administers the first two can take away evidence, but not what proves that it is gone.

data "aws_caller_identity" "this" {}

locals {
  account = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:root"
  by_roles = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccountDecidesByRoles"
      Effect    = "Allow"
      Principal = { AWS = local.account }
      Action    = "kms:*"
      Resource  = "*"
    }]
  })
}

resource "aws_kms_key" "media" {
  description             = "${var.name}: originals, copies, exports"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = local.by_roles
}

resource "aws_kms_key" "spool" {
  description             = "${var.name}: uploads in flight"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = local.by_roles
}

# The account's own roles decide nothing here: this policy names everybody.
resource "aws_kms_key" "checkpoints" {
  description                        = "${var.name}: signed heads of the ledger"
  enable_key_rotation                = true
  deletion_window_in_days            = 30
  bypass_policy_lockout_safety_check = true
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AnotherAdministrator"
        Effect    = "Allow"
        Principal = { AWS = var.checkpoint_admin_arn }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "WhoWrites"
        Effect    = "Allow"
        Principal = { AWS = var.checkpoint_writer_arns }
        Action    = ["kms:GenerateDataKey", "kms:Decrypt"]
        Resource  = "*"
      },
      {
        Sid       = "WhoReads"
        Effect    = "Allow"
        Principal = { AWS = var.checkpoint_reader_arns }
        Action    = "kms:Decrypt"
        Resource  = "*"
      },
    ]
  })
}

resource "aws_kms_alias" "media" {
  name          = "alias/${var.name}-media"
  target_key_id = aws_kms_key.media.key_id
}

resource "aws_kms_alias" "spool" {
  name          = "alias/${var.name}-spool"
  target_key_id = aws_kms_key.spool.key_id
}

resource "aws_kms_alias" "checkpoints" {
  name          = "alias/${var.name}-checkpoints"
  target_key_id = aws_kms_key.checkpoints.key_id
}
