output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "public_subnets" {
  description = "Where the balancer stands."
  value       = [for subnet in aws_subnet.public : subnet.id]
}

output "public_cidrs" {
  description = "From where the balancer forwards: what the doors believe about a caller (TIPLINE_TRUSTED_PROXIES)."
  value       = [for subnet in aws_subnet.public : subnet.cidr_block]
}

output "private_subnets" {
  description = "Where everything of ours runs."
  value       = [for subnet in aws_subnet.private : subnet.id]
}

output "outbound_subnets" {
  description = "Where the SMS door runs; empty without one."
  value       = [for subnet in aws_subnet.outbound : subnet.id]
}

output "endpoint_group" {
  description = "The security group of AWS's own services."
  value       = aws_security_group.endpoints.id
}

output "s3_prefix_list" {
  description = "S3's addresses, as a security group's rule names them."
  value       = aws_vpc_endpoint.s3.prefix_list_id
}
