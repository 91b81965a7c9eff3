variable "name" {
  description = "What every resource is named after."
  type        = string
}

variable "region" {
  description = "The region, as in `us-east-1`."
  type        = string
}

variable "processes" {
  description = "Whose logs are kept."
  type        = set(string)
}

variable "log_days" {
  description = "For how long. Logs hold ids and codes, no address and no name."
  type        = number
}

variable "alarm_emails" {
  description = "Who is told of alarms and of the budget."
  type        = list(string)
}

variable "monthly_dollars" {
  description = "What a month may cost before somebody is told: docs/cost.md has what to expect."
  type        = number
}

variable "database_id" {
  description = "The database's instance."
  type        = string
}

variable "balancer_suffix" {
  description = "The balancer, as CloudWatch names it."
  type        = string
}

variable "target_groups" {
  description = "Each door's target group, as CloudWatch names it."
  type        = map(string)
}

variable "cluster" {
  description = "The ECS cluster."
  type        = string
}
