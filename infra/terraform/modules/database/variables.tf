variable "name" {
  description = "What every resource is named after."
  type        = string
}

variable "vpc_id" {
  description = "The network."
  type        = string
}

variable "subnets" {
  description = "Private subnets, in two zones at least."
  type        = list(string)
}

variable "instance_class" {
  description = "The size. docs/cost.md has which load wants which."
  type        = string
}

variable "storage_gb" {
  description = "Disk to begin with, in GB; it grows to ten times that by itself."
  type        = number
}

variable "two_zones" {
  description = "Whether a second one stands ready in another zone (Multi-AZ)."
  type        = bool
}

variable "backup_days" {
  description = "For how many days any point in time can be restored. What was deleted lives on in backups for as long."
  type        = number
}
