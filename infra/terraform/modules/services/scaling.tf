# Doors by their processor; workers by how long the oldest media has been due, which each worker tells once a minute
# (TIPLINE_CLOUDWATCH). On-demand workers stay as they are, one at least; the load goes to spot.

locals {
  scaled = { for service in ["intake", "worker_spot"] : service => var.counts[service] }
}

resource "aws_appautoscaling_target" "this" {
  for_each           = local.scaled
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this[each.key].name}"
  min_capacity       = each.value.least
  max_capacity       = each.value.most
}

resource "aws_appautoscaling_policy" "intake" {
  name               = "${var.name}-intake"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this["intake"].service_namespace
  scalable_dimension = aws_appautoscaling_target.this["intake"].scalable_dimension
  resource_id        = aws_appautoscaling_target.this["intake"].resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = 50
    scale_out_cooldown = 60
    scale_in_cooldown  = 600

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

resource "aws_appautoscaling_policy" "more_workers" {
  name               = "${var.name}-more-workers"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this["worker_spot"].service_namespace
  scalable_dimension = aws_appautoscaling_target.this["worker_spot"].scalable_dimension
  resource_id        = aws_appautoscaling_target.this["worker_spot"].resource_id

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    metric_aggregation_type = "Maximum"
    cooldown                = 120

    # Seconds above the alarm's threshold of one minute.
    step_adjustment {
      metric_interval_lower_bound = 0
      metric_interval_upper_bound = 240
      scaling_adjustment          = 1
    }
    step_adjustment {
      metric_interval_lower_bound = 240
      metric_interval_upper_bound = 1140
      scaling_adjustment          = 3
    }
    step_adjustment {
      metric_interval_lower_bound = 1140
      scaling_adjustment          = 8
    }
  }
}

resource "aws_appautoscaling_policy" "fewer_workers" {
  name               = "${var.name}-fewer-workers"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.this["worker_spot"].service_namespace
  scalable_dimension = aws_appautoscaling_target.this["worker_spot"].scalable_dimension
  resource_id        = aws_appautoscaling_target.this["worker_spot"].resource_id

  step_scaling_policy_configuration {
    adjustment_type         = "ChangeInCapacity"
    metric_aggregation_type = "Maximum"
    cooldown                = 300

    step_adjustment {
      metric_interval_upper_bound = 0
      scaling_adjustment          = -1
    }
  }
}

locals {
  waits = {
    more  = { over = true, seconds = 60, minutes = 2, policy = aws_appautoscaling_policy.more_workers.arn }
    fewer = { over = false, seconds = 10, minutes = 15, policy = aws_appautoscaling_policy.fewer_workers.arn }
  }
}

resource "aws_cloudwatch_metric_alarm" "waits" {
  #checkov:skip=CKV_AWS_319: its actions scale, and are on
  for_each            = local.waits
  alarm_name          = "${var.name}-workers-${each.key}"
  alarm_description   = "The oldest media has been due for ${each.value.over ? "more" : "less"} than ${each.value.seconds} s"
  namespace           = "Tipline"
  metric_name         = "oldest_seconds"
  dimensions          = { installation = var.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = each.value.minutes
  comparison_operator = each.value.over ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = each.value.seconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = [each.value.policy]
}
