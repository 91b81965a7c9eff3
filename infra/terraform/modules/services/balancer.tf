# One balancer. Bodies pass through as they come, for as long as they come: an hour-long upload is never idle. There is no
# access log: it would hold every address that ever sent a tip.

locals {
  # Longer than the door waits for a body that falls silent (60 s), so that the door ends it, and says so.
  idle_seconds = 120
}

resource "aws_lb" "this" {
  #checkov:skip=CKV2_AWS_76: no Java runs here
  #checkov:skip=CKV_AWS_91: access logs hold the addresses of those who send tips
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = false
  subnets                    = var.network.public_subnets
  security_groups            = [aws_security_group.balancer.id]
  idle_timeout               = local.idle_seconds
  client_keep_alive          = 3600
  enable_http2               = true
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  xff_header_processing_mode = "append"
  enable_deletion_protection = true
  # A citizen is let in rather than turned away when the firewall does not answer.
  enable_waf_fail_open = true
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"
    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = var.certificate_arn
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"

  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_lb_target_group" "door" {
  #checkov:skip=CKV_AWS_378: the balancer ends TLS; behind it are our own subnets, and one security group that may ask
  for_each    = local.doors
  name        = "${var.name}-${each.key}"
  vpc_id      = var.network.vpc_id
  target_type = "ip"
  protocol    = "HTTP"
  port        = each.value.port
  # The door cuts what is under way when it is asked to stop, and phones go on elsewhere: nothing is gained by waiting.
  deregistration_delay          = 30
  load_balancing_algorithm_type = "least_outstanding_requests"

  health_check {
    path                = "/readyz"
    matcher             = "200"
    interval            = 10
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  # Any host serves any request of any upload.
  stickiness {
    type    = "lb_cookie"
    enabled = false
  }
}

resource "aws_lb_listener_rule" "sms" {
  count        = var.texting.enabled ? 1 : 0
  listener_arn = aws_lb_listener.https.arn
  priority     = 10

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.door["sms"].arn
  }
  condition {
    host_header {
      values = [var.public_host]
    }
  }
  condition {
    path_pattern {
      values = ["/sms", "/sms/*"]
    }
  }
  condition {
    http_request_method {
      values = ["POST"]
    }
  }
}

resource "aws_lb_listener_rule" "intake" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 20

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.door["intake"].arn
  }
  condition {
    host_header {
      values = [var.public_host]
    }
  }
}

# From anywhere else the console's name leads to the same 404 as any other.
resource "aws_lb_listener_rule" "console" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 30

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.door["console"].arn
  }
  condition {
    host_header {
      values = [var.console_host]
    }
  }
  condition {
    source_ip {
      values = var.console_cidrs
    }
  }
}
