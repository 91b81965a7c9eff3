variable "name" {
  description = "What every resource is named after; also the cluster's name, which the machines join."
  type        = string
}

variable "region" {
  description = "The region, as in `us-east-1`."
  type        = string
}

variable "network" {
  description = "The network module's outputs, as far as machines reach them."
  type = object({
    vpc_id          = string
    private_subnets = list(string)
    endpoint_group  = string
    s3_prefix_list  = string
  })
}

variable "types" {
  description = "Types of instances (x86), the preferred first; each holds one worker, whose size is in `sizes`."
  type        = list(string)

  validation {
    condition     = length(var.types) > 0
    error_message = "Name one type of instance at least."
  }
}

variable "disk" {
  description = "GiB of disk for a worker's copies; the system's own 30 come on top."
  type        = number
}

variable "most" {
  description = "The most workers of each service; a deployment may have as many once more beside them."
  type = object({
    worker      = number
    worker_spot = number
  })
}
