# A region: tens of thousands of clips a day, texts too. Three zones, more of everything.

terraform {
  required_version = ">= 1.9"

  # State names buckets, keys and hosts, and no secret. Keep it where it is locked and has versions:
  # backend "s3" { bucket = "...", key = "tipline", region = "us-east-2", use_lockfile = true, encrypt = true }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.62, < 7.0"
    }
  }
}

provider "aws" {
  region = "us-east-2"

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

  name   = "centralms-tipline"
  region = "us-east-2"
  zones  = ["us-east-2a", "us-east-2b", "us-east-2c"]
  image  = var.image

  public_host          = "tips.centralms.example"
  console_host         = "tips-console.centralms.example"
  console_cidrs        = ["192.0.2.0/24", "198.51.100.0/24"]
  certificate_arn      = "arn:aws:acm:us-east-2:111122223333:certificate/00000000-0000-0000-0000-000000000000"
  checkpoint_admin_arn = "arn:aws:iam::111122223333:role/state-auditor"
  texting_number       = "+16015550100"

  settings = {
    TIPLINE_AGENCY_NAME      = "Central Mississippi Real-Time Crime Center"
    TIPLINE_TIME_ZONE        = "America/Chicago"
    TIPLINE_LIVE_AT_ONCE     = "200"
    TIPLINE_WORKER_BATCH     = "2"
    TIPLINE_INTAKE_PROCESSES = "2"
  }

  database = { class = "db.r8g.2xlarge", storage_gb = 500, two_zones = true, backup_days = 35 }
  sizes = {
    intake    = { cpu = 2048, memory = 4096, disk = 200 }
    console   = { cpu = 1024, memory = 2048, disk = 21 }
    sms       = { cpu = 512, memory = 1024, disk = 30 }
    worker    = { cpu = 8192, memory = 16384, disk = 200 }
    expire    = { cpu = 512, memory = 1024, disk = 21 }
    deletions = { cpu = 256, memory = 512, disk = 21 }
    prepare   = { cpu = 512, memory = 1024, disk = 21 }
    operator  = { cpu = 1024, memory = 2048, disk = 200 }
  }
  # One worker each, of eight processors.
  machine_types = ["m7i.2xlarge", "m6i.2xlarge", "m7a.2xlarge", "m6a.2xlarge"]
  counts = {
    intake      = { least = 3, most = 24 }
    console     = { least = 3, most = 3 }
    sms         = { least = 2, most = 2 }
    worker      = { least = 2, most = 2 }
    worker_spot = { least = 1, most = 60 }
  }

  alarm_emails    = ["tipline-oncall@centralms.example"]
  monthly_dollars = 40000
}

output "tipline" {
  description = "Everything that the commands of infra/terraform/README.md ask for."
  value       = module.tipline
}
