# The buckets: what is locked stays locked, nothing is public, nothing travels in clear, and one role alone lets go.

mock_provider "aws" {
  source          = "./tests/aws"
  override_during = plan
}

run "buckets" {
  command = plan

  module {
    source = "./modules/storage"
  }

  variables {
    name                   = "clinton-tipline"
    retention_days         = 90
    retention_mode         = "COMPLIANCE"
    infrequent_days        = 30
    export_days            = 14
    checkpoint_admin_arn   = "arn:aws:iam::111122223333:role/city-clerk"
    expire_role_arn        = "arn:aws:iam::111122223333:role/expire"
    checkpoint_writer_arns = ["arn:aws:iam::111122223333:role/worker"]
    checkpoint_reader_arns = ["arn:aws:iam::111122223333:role/operator"]
  }

  assert {
    condition     = toset([for name, bucket in aws_s3_bucket.this : name if bucket.object_lock_enabled]) == toset(["originals", "checkpoints"])
    error_message = "Originals and checkpoints are locked, and nothing else."
  }
  assert {
    condition     = alltrue([for versioning in aws_s3_bucket_versioning.locked : versioning.versioning_configuration[0].status == "Enabled"]) && length(aws_s3_bucket_versioning.locked) == 2
    error_message = "What is locked has versions."
  }
  assert {
    condition     = aws_s3_bucket_object_lock_configuration.locked["originals"].rule[0].default_retention[0].mode == "COMPLIANCE" && aws_s3_bucket_object_lock_configuration.locked["originals"].rule[0].default_retention[0].days == 90
    error_message = "An original that anybody else puts there is locked as the worker's are."
  }
  assert {
    condition     = aws_s3_bucket_object_lock_configuration.locked["checkpoints"].rule[0].default_retention[0].days == 3650
    error_message = "Checkpoints are locked for ten years."
  }
  assert {
    condition = length(aws_s3_bucket_public_access_block.this) == length(aws_s3_bucket.this) && alltrue([
      for block in aws_s3_bucket_public_access_block.this :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ])
    error_message = "No bucket can be made public."
  }
  assert {
    condition = length(aws_s3_bucket_policy.this) == length(aws_s3_bucket.this) && alltrue([
      for policy in aws_s3_bucket_policy.this : length([
        for statement in jsondecode(policy.policy).Statement : statement
        if statement.Effect == "Deny" && statement.Principal == "*" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"
      ]) == 1
    ])
    error_message = "No bucket answers in clear."
  }
  assert {
    condition = alltrue([
      for bucket, who in { originals = "arn:aws:iam::111122223333:role/expire", checkpoints = "arn:aws:iam::111122223333:role/city-clerk" } :
      length([
        for statement in jsondecode(aws_s3_bucket_policy.this[bucket].policy).Statement : statement
        if statement.Effect == "Deny" && contains(flatten([statement.Action]), "s3:BypassGovernanceRetention") && try(statement.Condition.ArnNotEquals["aws:PrincipalArn"], "") == who
      ]) == 1
    ])
    error_message = "One role alone passes locks by: of originals the deletion clock, of checkpoints their administrator."
  }
  assert {
    condition = alltrue([
      for encryption in aws_s3_bucket_server_side_encryption_configuration.this :
      alltrue([for rule in encryption.rule : rule.apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"])
    ])
    error_message = "Everything is encrypted under a key of ours."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_kms_key.checkpoints.policy).Statement :
      statement.Principal.AWS != "arn:aws:iam::111122223333:root"
    ])
    error_message = "The account's own administrators decide nothing about the checkpoints' key."
  }
}
