# A town: some hundred tips a day. Two zones, one small task of each, spare machines only when many send at once.

terraform {
  required_version = ">= 1.9"

  # State names buckets, keys and hosts, and no secret. Keep it where it is locked and has versions:
  # backend "s3" { bucket = "...", key = "tipline", region = "us-east-1", use_lockfile = true, encrypt = true }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.62, < 7.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"

  default_tags {
    tags = { system = "tipline" }
  }
}

variable "image" {
  description = "The image by its digest."
  type        = string
}

module "tipline" {
  source = "../.."

  name   = "clinton-tipline"
  region = "us-east-1"
  zones  = ["us-east-1a", "us-east-1b"]
  image  = var.image

  public_host          = "tips.clinton.example"
  console_host         = "tips-console.clinton.example"
  console_cidrs        = ["192.0.2.0/24"]
  certificate_arn      = "arn:aws:acm:us-east-1:111122223333:certificate/00000000-0000-0000-0000-000000000000"
  checkpoint_admin_arn = "arn:aws:iam::111122223333:role/city-clerk"

  settings = {
    TIPLINE_AGENCY_NAME = "Clinton Police Department"
    TIPLINE_TIME_ZONE   = "America/Chicago"
  }

  database = { class = "db.t4g.medium", storage_gb = 50, two_zones = true, backup_days = 14 }
  counts = {
    intake      = { least = 1, most = 4 }
    console     = { least = 1, most = 1 }
    sms         = { least = 1, most = 1 }
    worker      = { least = 1, most = 1 }
    worker_spot = { least = 0, most = 4 }
  }

  alarm_emails    = ["tipline-oncall@clinton.example"]
  monthly_dollars = 800
}

output "tipline" {
  description = "Everything that the commands of infra/terraform/README.md ask for."
  value       = module.tipline
}
