variable "name" {
  description = "What every resource is named after."
  type        = string
}

variable "region" {
  description = "The region, as in `us-east-1`."
  type        = string
}

variable "image" {
  description = "The image by its digest: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:...`. Output `repository` is where to push it."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by its digest (`...@sha256:...`): a tag may be another image tomorrow."
  }
}

variable "network" {
  description = "The network module's outputs."
  type = object({
    vpc_id           = string
    public_subnets   = list(string)
    public_cidrs     = list(string)
    private_subnets  = list(string)
    outbound_subnets = list(string)
    endpoint_group   = string
    s3_prefix_list   = string
  })
}

variable "database" {
  description = "The database module's outputs."
  type = object({
    address          = string
    security_group   = string
    admin_secret_arn = string
    key_arn          = string
  })
}

variable "storage" {
  description = "The storage module's outputs."
  type = object({
    buckets     = map(string)
    bucket_arns = map(string)
    keys        = map(string)
  })
}

variable "log_groups" {
  description = "Where each process's log goes, by its name."
  type        = map(string)
}

variable "machines" {
  description = "The capacity provider of each of the workers' services, by name; null where they run on Fargate."
  type        = map(string)
  nullable    = true
}

variable "public_host" {
  description = "The public door's host name, as citizens type it."
  type        = string
}

variable "console_host" {
  description = "The console's host name. Passkeys are bound to it: it cannot be changed later."
  type        = string
}

variable "console_cidrs" {
  description = "From where the console may be reached: the agency's own network."
  type        = list(string)
}

variable "certificate_arn" {
  description = "A certificate of AWS Certificate Manager's for both host names."
  type        = string
}

variable "settings" {
  description = "More TIPLINE_* settings for every process (docs/operations.md). No secrets: they would be in the state."
  type        = map(string)
}

variable "texting" {
  description = "Whether there is an SMS door, and the number of the account with Twilio (`+16015550100`)."
  type = object({
    enabled = bool
    number  = string
  })
}

variable "retention" {
  description = "TIPLINE_RETENTION_DAYS and TIPLINE_RETENTION_MODE: one truth for the buckets, the pages and the clock."
  type = object({
    days = number
    mode = string
  })
}

variable "sizes" {
  description = "CPU units (1024 a processor), MiB of memory and GiB of disk of each process's task."
  type = map(object({
    cpu    = number
    memory = number
    disk   = number
  }))
}

variable "counts" {
  description = "The fewest and the most tasks of what scales: `intake`, `worker_spot`; and how many of `console` and `worker`."
  type = map(object({
    least = number
    most  = number
  }))
}

variable "waf_limit" {
  description = "Requests in five minutes from one address for one path that are counted as a flood. A carrier hides thousands of phones behind one."
  type        = number
}

variable "waf_blocks" {
  description = "Whether the firewall refuses what it counts. The door asks for a proof of work by itself: switch this on in an attack."
  type        = bool
}

variable "console_shell" {
  description = "Whether an operator may open a shell in the operator's own task (ECS Exec)."
  type        = bool
}

