# What matters most of an installation, asked of the plan of the whole. Nothing is made: the provider is a mock that knows
# AWS's schema (tests/infra/terraform/).

mock_provider "aws" {
  source          = "./tests/aws"
  override_during = plan
}

override_resource {
  target          = module.storage.aws_kms_key.media
  override_during = plan
  values          = { arn = "arn:aws:kms:us-east-1:111122223333:key/media" }
}

override_resource {
  target          = module.storage.aws_kms_key.spool
  override_during = plan
  values          = { arn = "arn:aws:kms:us-east-1:111122223333:key/spool" }
}

override_resource {
  target          = module.storage.aws_kms_key.checkpoints
  override_during = plan
  values          = { arn = "arn:aws:kms:us-east-1:111122223333:key/checkpoints" }
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
  texting_number       = "+16015550100"
  alarm_emails         = ["oncall@clinton.example"]
  monthly_dollars      = 800
}

run "the_whole" {
  command = plan

  assert {
    condition     = toset(keys(output.containers)) == toset(["intake", "console", "sms", "worker", "expire", "deletions", "prepare", "operator"])
    error_message = "A process is missing, or one is there that nobody knows."
  }
  assert {
    condition = toset([
      for process, policy in output.task_policies : process
      if contains(flatten(policy.Statement[*].Action), "s3:BypassGovernanceRetention")
    ]) == toset(["expire"])
    error_message = "The deletion clock alone passes a lock by."
  }
  assert {
    condition = alltrue([
      for process, policy in output.task_policies : alltrue([
        for statement in policy.Statement : alltrue([for resource in flatten([statement.Resource]) : resource != "*" && !endswith(resource, ":::*")])
      ])
    ])
    error_message = "Every right names what it is a right to."
  }
  assert {
    condition = alltrue([
      for resource in flatten(output.task_policies["intake"].Statement[*].Resource) :
      startswith(resource, "arn:aws:s3:::clinton-tipline-spool") || resource == output.bucket_keys["spool"]
    ])
    error_message = "The public door reaches uploads in flight, and nothing that is stored."
  }
  assert {
    condition     = [for bucket, key in output.bucket_keys : bucket if key == output.bucket_keys["spool"]] == ["spool"]
    error_message = "Uploads in flight have a key of their own."
  }
  assert {
    condition = toset([
      for process, policy in output.task_policies : process if contains(flatten(policy.Statement[*].Resource), output.bucket_keys["originals"])
    ]) == toset(["console", "worker", "operator"])
    error_message = "Who does not read or write what is stored has no key to it."
  }
  assert {
    condition     = !contains(keys(output.task_policies), "sms")
    error_message = "The SMS door has nothing to do in AWS."
  }
  assert {
    condition = alltrue([
      for process, container in output.containers : alltrue([
        for variable in container.environment :
        length(regexall("(^|_)(KEY|SECRET|TOKEN|PASSWORD|PASSWORDS|SID)(_|$)", variable.name)) == 0
      ])
    ])
    error_message = "A secret stands in a task definition, and so in the state."
  }
  assert {
    condition     = alltrue([for process, container in output.containers : container.readonlyRootFilesystem || process == "operator"])
    error_message = "Root file systems are read-only."
  }
  assert {
    condition = toset([
      for process, container in output.containers : process
      if contains(container.mountPoints[*].sourceVolume, "spool")
    ]) == toset(["intake", "console", "worker", "expire"])
    error_message = "The spool is mounted where uploads are written or read, and nowhere else."
  }
  assert {
    condition = toset([
      for process, container in output.containers : process
      if contains(container.secrets[*].name, "TIPLINE_AGENCY_PRIVATE_KEY")
    ]) == toset(["console", "operator"])
    error_message = "What citizens wrote is opened by the console and the operator alone."
  }
  assert {
    condition = toset([
      for process, container in output.containers : process
      if contains(container.secrets[*].name, "TIPLINE_ADMIN_PASSWORD")
    ]) == toset(["prepare"])
    error_message = "The database's administrator is `prepare` alone."
  }
}

run "without_texts" {
  command = plan

  variables {
    texting_number = ""
  }

  assert {
    condition     = !contains(keys(output.containers), "sms") && length(module.network.outbound_subnets) == 0
    error_message = "Without an SMS door nothing reaches the Internet."
  }
}

run "a_setting_that_could_be_a_secret" {
  command = plan

  variables {
    settings = { TIPLINE_VAULT_KEY = "AAAA" }
  }

  expect_failures = [var.settings]
}

run "a_console_for_everybody" {
  command = plan

  variables {
    console_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.console_cidrs]
}
