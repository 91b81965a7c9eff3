# The firewall counts; the door decides. A carrier hides thousands of phones behind one address, so nobody is refused for
# their address by itself. Counted is one address on one path: a crowd's uploads are each a path of their own, a flood of
# tips is one. The door asks such a flood for a proof of work. Nothing looks into bodies, and no address is sampled or logged.

resource "aws_wafv2_web_acl" "this" {
  #checkov:skip=CKV_AWS_175: its rules are resources of their own
  #checkov:skip=CKV2_AWS_31: its log holds the addresses of those who send tips
  #checkov:skip=CKV_AWS_192: no Java runs here
  name  = var.name
  scope = "REGIONAL"

  default_action {
    allow {}
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = false
  }

  lifecycle {
    ignore_changes = [rule] # below, each by itself
  }
}

resource "aws_wafv2_web_acl_rule" "flood" {
  name        = "one-address-one-path"
  priority    = 10
  web_acl_arn = aws_wafv2_web_acl.this.arn

  action {
    dynamic "count" {
      for_each = var.waf_blocks ? [] : [true]
      content {}
    }
    dynamic "block" {
      for_each = var.waf_blocks ? [true] : []
      content {
        custom_response {
          response_code = 429
          response_header {
            name  = "Retry-After"
            value = "300"
          }
        }
      }
    }
  }

  statement {
    rate_based_statement {
      aggregate_key_type    = "CUSTOM_KEYS"
      limit                 = var.waf_limit
      evaluation_window_sec = 300

      custom_keys {
        ip {}
      }
      custom_keys {
        uri_path {
          text_transformation {
            priority = 0
            type     = "NORMALIZE_PATH"
          }
        }
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = "${var.name}-flood"
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  resource_arn = aws_lb.this.arn
  web_acl_arn  = aws_wafv2_web_acl.this.arn
}
