variable "name" {
  description = "What every bucket is named after; bucket names are unique in the whole world."
  type        = string
}

variable "retention_days" {
  description = "How long a tip is kept that no case has (TIPLINE_RETENTION_DAYS)."
  type        = number
}

variable "retention_mode" {
  description = "GOVERNANCE: only the deletion clock passes a lock by. COMPLIANCE: nobody does, and no citizen takes a tip back."
  type        = string

  validation {
    condition     = contains(["GOVERNANCE", "COMPLIANCE"], var.retention_mode)
    error_message = "Choose GOVERNANCE or COMPLIANCE."
  }
}

variable "checkpoint_admin_arn" {
  description = "The role that administers the key of the checkpoints: of other people than those who run the rest."
  type        = string
}

variable "expire_role_arn" {
  description = "The deletion clock's task role, which alone passes a governance lock by."
  type        = string
}

variable "checkpoint_writer_arns" {
  description = "Task roles that write into the bucket of checkpoints."
  type        = list(string)
}

variable "checkpoint_reader_arns" {
  description = "Task roles that read it."
  type        = list(string)
}

variable "infrequent_days" {
  description = "After how many days an original moves to cheaper storage; S3 reckons 30 at least."
  type        = number
}

variable "export_days" {
  description = "How long an export waits to be fetched."
  type        = number
}
