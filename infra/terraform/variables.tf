variable "name" {
  description = "What everything is named after, buckets too: lower-case, unique in the world, as `jackson-tipline`."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,19}$", var.name))
    error_message = "3 to 20 of a-z, 0-9 and -, beginning with a letter: balancers take no longer names."
  }
}

variable "region" {
  description = "The region, as in `us-east-1`; the same as the provider's."
  type        = string
}

variable "zones" {
  description = "Availability zones: two at least."
  type        = list(string)

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 4
    error_message = "Two to four zones: the balancer and the database want two, the subnets' plan has room for four."
  }
}

variable "cidr" {
  description = "The private network, a /16."
  type        = string
  default     = "10.20.0.0/16"
}

variable "image" {
  description = "The image by its digest. Before the first push any 64 digits will do: see README.md."
  type        = string
}

variable "public_host" {
  description = "The public door's host name, as `tips.jackson.example`."
  type        = string
}

variable "console_host" {
  description = "The console's host name. Passkeys are bound to it: it cannot be changed later."
  type        = string
}

variable "console_cidrs" {
  description = "From where the console may be reached: the agency's own networks, four at most."
  type        = list(string)

  validation {
    condition     = length(var.console_cidrs) > 0 && length(var.console_cidrs) <= 4 && !contains(var.console_cidrs, "0.0.0.0/0")
    error_message = "Name the agency's own networks; the console is not for everybody."
  }
}

variable "certificate_arn" {
  description = "A certificate of AWS Certificate Manager's for both host names, in the same region."
  type        = string
}

variable "checkpoint_admin_arn" {
  description = "The role that administers the key of the checkpoints: of other people than those who run the rest."
  type        = string
}

variable "texting_number" {
  description = "The number of the account with Twilio (`+16015550100`); empty: no SMS door, and no way to the Internet at all."
  type        = string
  default     = ""
}

variable "settings" {
  description = "More TIPLINE_* settings for every process (docs/operations.md), as TIPLINE_AGENCY_NAME. No secrets."
  type        = map(string)
  default     = {}

  validation {
    condition = length([
      for name, _ in var.settings : name
      if length(regexall("(^|_)(KEY|KEYS|SECRET|SECRETS|TOKEN|TOKENS|PASSWORD|PASSWORDS|SID)(_|$)", name)) > 0
    ]) == 0
    error_message = "A setting whose name says KEY, SECRET, TOKEN, PASSWORD or SID belongs into Secrets Manager."
  }
}

variable "retention" {
  description = "How long a tip is kept that no case has, and how its originals are locked meanwhile."
  type = object({
    days = number
    mode = string
  })
  default = { days = 90, mode = "GOVERNANCE" }
}

variable "database" {
  description = "Its class, GB of disk to begin with, whether in two zones, and for how many days any moment can be restored."
  type = object({
    class       = string
    storage_gb  = number
    two_zones   = bool
    backup_days = number
  })
  default = { class = "db.t4g.medium", storage_gb = 50, two_zones = true, backup_days = 14 }
}

variable "sizes" {
  description = "CPU units (1024 a processor), MiB of memory and GiB of disk (21 to 200; a machine's worker any) of each process's task."
  type = map(object({
    cpu    = number
    memory = number
    disk   = number
  }))
  default = {
    # The disk of `intake` and `worker`: two of the largest files (TIPLINE_MAX_FILE_BYTES) for each that is under way.
    intake    = { cpu = 1024, memory = 2048, disk = 100 }
    console   = { cpu = 512, memory = 1024, disk = 21 }
    sms       = { cpu = 256, memory = 1024, disk = 30 }
    worker    = { cpu = 4096, memory = 8192, disk = 200 }
    expire    = { cpu = 256, memory = 512, disk = 21 }
    deletions = { cpu = 256, memory = 512, disk = 21 }
    prepare   = { cpu = 256, memory = 512, disk = 21 }
    operator  = { cpu = 512, memory = 1024, disk = 100 }
  }
}

variable "counts" {
  description = "How many tasks: `most` counts for `intake` and `worker_spot`, which scale; the others have `least`."
  type = map(object({
    least = number
    most  = number
  }))
  default = {
    intake      = { least = 2, most = 8 }
    console     = { least = 2, most = 2 }
    sms         = { least = 1, most = 1 }
    worker      = { least = 1, most = 1 }
    worker_spot = { least = 0, most = 8 }
  }
}

variable "workers_on" {
  description = "`EC2`: workers on machines of their own, whose kernel shuts media tools in; `FARGATE` once docs/aws.md's first check held there."
  type        = string
  default     = "EC2"

  validation {
    condition     = contains(["EC2", "FARGATE"], var.workers_on)
    error_message = "Choose EC2 or FARGATE."
  }
}

variable "machine_types" {
  description = "Types of instances (x86) for one worker each, the preferred first: as many processors as `sizes.worker`, and more memory than it, since the system takes a part."
  type        = list(string)
  default     = ["m7i.xlarge", "m6i.xlarge", "m7a.xlarge", "m6a.xlarge"]
}

variable "infrequent_days" {
  description = "After how many days an original moves to cheaper storage; S3 reckons 30 at least."
  type        = number
  default     = 30
}

variable "export_days" {
  description = "How long an export waits to be fetched."
  type        = number
  default     = 14
}

variable "waf_limit" {
  description = "Requests in five minutes from one address for one path that count as a flood; a carrier hides thousands of phones behind one address."
  type        = number
  default     = 20000
}

variable "waf_blocks" {
  description = "Whether the firewall refuses what it counts. For an attack: the door asks floods for a proof of work by itself."
  type        = bool
  default     = false
}

variable "console_shell" {
  description = "Whether an operator may open a shell in the operator's own task, for `tipline signin` and the like."
  type        = bool
  default     = true
}

variable "log_days" {
  description = "For how long logs are kept."
  type        = number
  default     = 90
}

variable "alarm_emails" {
  description = "Who is told of alarms and of the budget."
  type        = list(string)
}

variable "monthly_dollars" {
  description = "What a month may cost before somebody is told: docs/cost.md has what to expect."
  type        = number
}
