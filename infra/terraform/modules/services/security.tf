# A security group for each process: who reaches it, and what it reaches. None reaches another.

resource "aws_security_group" "balancer" {
  name_prefix = "${var.name}-balancer-"
  description = "The one door to the Internet"
  vpc_id      = var.network.vpc_id
  tags        = { Name = "${var.name}-balancer" }
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  #checkov:skip=CKV_AWS_260: port 80 answers with the way to 443 alone
  for_each          = toset(["80", "443"])
  security_group_id = aws_security_group.balancer.id
  description       = "Citizens, from anywhere"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  for_each                     = local.doors
  security_group_id            = aws_security_group.balancer.id
  description                  = "To the door ${each.key}"
  referenced_security_group_id = aws_security_group.task[each.key].id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_security_group" "task" {
  for_each    = local.processes
  name_prefix = "${var.name}-${each.key}-"
  description = "What ${each.key} reaches, and who reaches it"
  vpc_id      = var.network.vpc_id
  tags        = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_ingress_rule" "door" {
  for_each                     = local.doors
  security_group_id            = aws_security_group.task[each.key].id
  description                  = "From the balancer alone"
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_vpc_security_group_egress_rule" "database" {
  for_each                     = local.processes
  security_group_id            = aws_security_group.task[each.key].id
  description                  = "Postgres"
  referenced_security_group_id = var.database.security_group
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  for_each                     = local.processes
  security_group_id            = var.database.security_group
  description                  = "From ${each.key}"
  referenced_security_group_id = aws_security_group.task[each.key].id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  for_each                     = local.processes
  security_group_id            = aws_security_group.task[each.key].id
  description                  = "Images, secrets, logs"
  referenced_security_group_id = var.network.endpoint_group
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

# Images' layers come from S3 too, so even the SMS door, which may do nothing there, reaches it.
resource "aws_vpc_security_group_egress_rule" "s3" {
  for_each          = local.processes
  security_group_id = aws_security_group.task[each.key].id
  description       = "S3, through the network's own endpoint"
  prefix_list_id    = var.network.s3_prefix_list
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "internet" {
  for_each          = toset([for process in ["sms"] : process if var.texting.enabled])
  security_group_id = aws_security_group.task[each.key].id
  description       = "Twilio, and the public door by its own address"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
