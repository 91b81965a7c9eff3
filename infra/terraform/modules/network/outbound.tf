# One gateway for all zones: texts wait a while at Twilio when its zone is lost, and are found in Twilio's list.

resource "aws_eip" "outbound" {
  #checkov:skip=CKV2_AWS_19: it belongs to a NAT gateway, not to an instance
  count  = var.internet ? 1 : 0
  domain = "vpc"
  tags   = { Name = "${var.name}-outbound" }
}

resource "aws_nat_gateway" "outbound" {
  count         = var.internet ? 1 : 0
  allocation_id = aws_eip.outbound[0].id
  subnet_id     = aws_subnet.public[var.zones[0]].id
  tags          = { Name = var.name }
  depends_on    = [aws_internet_gateway.this]
}

resource "aws_route_table" "outbound" {
  count  = var.internet ? 1 : 0
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-outbound" }
}

resource "aws_route" "outbound" {
  count                  = var.internet ? 1 : 0
  route_table_id         = aws_route_table.outbound[0].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.outbound[0].id
}

resource "aws_route_table_association" "outbound" {
  for_each       = aws_subnet.outbound
  subnet_id      = each.value.id
  route_table_id = aws_route_table.outbound[0].id
}
