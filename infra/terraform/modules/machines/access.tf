# What a machine reaches, and what it may do: join the cluster and be told of tasks. Images, logs and secrets are fetched by each
# task's execution role, but over the machine's own interface.

data "aws_caller_identity" "this" {}

locals {
  ecs     = "arn:aws:ecs:${var.region}:${data.aws_caller_identity.this.account_id}"
  cluster = "${local.ecs}:cluster/${var.name}"
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-machines-"
  description = "The workers' machines: nobody reaches them"
  vpc_id      = var.network.vpc_id
  tags        = { Name = "${var.name}-machines" }
}

resource "aws_vpc_security_group_egress_rule" "endpoints" {
  security_group_id            = aws_security_group.this.id
  description                  = "ECS, images, secrets, logs"
  referenced_security_group_id = var.network.endpoint_group
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "s3" {
  security_group_id = aws_security_group.this.id
  description       = "Layers of images, through the network's own endpoint"
  prefix_list_id    = var.network.s3_prefix_list
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_iam_role" "this" {
  name        = "${var.name}-machine"
  description = "What the ECS agent of a worker's machine may do"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_instance_profile" "this" {
  name = "${var.name}-machine"
  role = aws_iam_role.this.name
}

resource "aws_iam_role_policy" "this" {
  #checkov:skip=CKV_AWS_355: where to ask, and how a task fares, name no resource
  #checkov:skip=CKV_AWS_290: the same
  name = "what-the-agent-does"
  role = aws_iam_role.this.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "JoinAndLeave"
        Effect   = "Allow"
        Action   = ["ecs:RegisterContainerInstance", "ecs:DeregisterContainerInstance"]
        Resource = local.cluster
      },
      {
        Sid      = "BeTold"
        Effect   = "Allow"
        Action   = ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"]
        Resource = "${local.ecs}:container-instance/${var.name}/*"
      },
      {
        Sid    = "Tell"
        Effect = "Allow"
        Action = [
          "ecs:DiscoverPollEndpoint", "ecs:SubmitAttachmentStateChanges", "ecs:SubmitContainerStateChange",
          "ecs:SubmitTaskStateChange",
        ]
        Resource = "*"
      },
    ]
  })
}
