variable "name" {
  description = "What every resource is named after."
  type        = string
}

variable "region" {
  description = "The region, as in `us-east-1`."
  type        = string
}

variable "cidr" {
  description = "The private network. A /16 leaves each subnet 4,000 addresses."
  type        = string
}

variable "zones" {
  description = "Availability zones: two for a town, three for a region."
  type        = list(string)
}

variable "internet" {
  description = "Whether anything has to reach the Internet: the SMS door does (Twilio), nothing else."
  type        = bool
}

variable "bucket_arns" {
  description = "The only buckets that are reached from here, besides the one that images come from."
  type        = list(string)
}

variable "machines" {
  description = "Whether workers run on machines of their own: their agents ask ECS, as Fargate does out of our sight."
  type        = bool
}

variable "console_shell" {
  description = "Whether an operator may open a shell in the operator's own task (ECS Exec)."
  type        = bool
}
