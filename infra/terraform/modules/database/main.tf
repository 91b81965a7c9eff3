# Postgres 18. Its administrator's password is made and turned by AWS in Secrets Manager and is never in the state;
# the roles of the processes are made by `python -m tipline.run.prepare`, which runs at every deployment.

resource "aws_kms_key" "this" {
  description             = "${var.name}: database, its backups and its administrator's password"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = jsonencode(local.key_policy)
}

data "aws_caller_identity" "this" {}

locals {
  key_policy = {
    Version = "2012-10-17"
    Statement = [{
      Sid       = "AccountDecidesByRoles"
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.this.account_id}:root" }
      Action    = "kms:*"
      Resource  = "*"
    }]
  }
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-database-"
  description = "Postgres; who may reach it is told beside each process"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.name}-database" }
}

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnets
}

# No statement and no value enters a log, as in compose.yaml; nobody connects without TLS.
resource "aws_db_parameter_group" "this" {
  name_prefix = "${var.name}-"
  family      = "postgres18"

  dynamic "parameter" {
    for_each = {
      "rds.force_ssl"                     = "1"
      "log_error_verbosity"               = "terse"
      "log_min_error_statement"           = "panic"
      "log_statement"                     = "none"
      "log_parameter_max_length_on_error" = "0"
    }
    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  #checkov:skip=CKV2_AWS_69: rds.force_ssl is set above, in a dynamic block that checkov does not read
  #checkov:skip=CKV2_AWS_30: statements hold what citizens wrote, sealed or not; none is logged
  #checkov:skip=CKV_AWS_161: passwords of the roles are in Secrets Manager; IAM tokens last 15 minutes, connections of ours hours
  #checkov:skip=CKV_AWS_118: the alarms need no second's resolution
  identifier     = var.name
  engine         = "postgres"
  engine_version = "18"
  instance_class = var.instance_class
  db_name        = "tipline"
  port           = 5432

  username                      = "tipline_admin"
  manage_master_user_password   = true
  master_user_secret_kms_key_id = aws_kms_key.this.arn

  storage_type          = "gp3"
  allocated_storage     = var.storage_gb
  max_allocated_storage = var.storage_gb * 10
  storage_encrypted     = true
  kms_key_id            = aws_kms_key.this.arn

  multi_az               = var.two_zones
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  publicly_accessible    = false
  parameter_group_name   = aws_db_parameter_group.this.name
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  backup_retention_period   = var.backup_days
  delete_automated_backups  = false
  copy_tags_to_snapshot     = true
  deletion_protection       = true
  skip_final_snapshot       = false
  final_snapshot_identifier = "${var.name}-last"

  auto_minor_version_upgrade      = true
  allow_major_version_upgrade     = false
  performance_insights_enabled    = true
  performance_insights_kms_key_id = aws_kms_key.this.arn
  enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]

  lifecycle {
    prevent_destroy = true
  }
}
