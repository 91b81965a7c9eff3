# Who reaches what.

mock_provider "aws" {
  source          = "./tests/aws"
  override_during = plan
}

run "network" {
  command = plan

  module {
    source = "./modules/network"
  }

  variables {
    name          = "clinton-tipline"
    region        = "us-east-1"
    cidr          = "10.20.0.0/16"
    zones         = ["us-east-1a", "us-east-1b", "us-east-1c"]
    internet      = true
    bucket_arns   = ["arn:aws:s3:::clinton-tipline-originals"]
    console_shell = false
    machines      = true
  }

  assert {
    condition     = length(distinct(concat([for s in aws_subnet.public : s.cidr_block], [for s in aws_subnet.private : s.cidr_block], [for s in aws_subnet.outbound : s.cidr_block]))) == 9
    error_message = "Each subnet has addresses of its own."
  }
  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ecs", "ecs-agent", "ecs-telemetry"])
    error_message = "Tasks reach images, logs and secrets without the Internet, and machines ECS."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_vpc_endpoint.s3.policy).Statement :
      alltrue([for resource in flatten([statement.Resource]) : startswith(resource, "arn:aws:s3:::clinton-tipline-") || startswith(resource, "arn:aws:s3:::prod-us-east-1-starport-layer-bucket")])
    ])
    error_message = "Nothing is carried out to another's bucket."
  }
}

run "database" {
  command = plan

  module {
    source = "./modules/database"
  }

  variables {
    name           = "clinton-tipline"
    vpc_id         = "vpc-1"
    subnets        = ["subnet-1", "subnet-2"]
    instance_class = "db.t4g.medium"
    storage_gb     = 50
    two_zones      = true
    backup_days    = 14
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null
    error_message = "The administrator's password is AWS's, and never in the state."
  }
  assert {
    condition     = aws_db_instance.this.storage_encrypted && !aws_db_instance.this.publicly_accessible && aws_db_instance.this.multi_az && aws_db_instance.this.deletion_protection && aws_db_instance.this.backup_retention_period == 14
    error_message = "Encrypted, private, in two zones, not deleted by mistake, restorable to any moment."
  }
  assert {
    condition     = contains([for parameter in aws_db_parameter_group.this.parameter : parameter.value if parameter.name == "rds.force_ssl"], "1")
    error_message = "Nobody connects in clear."
  }
}
