# Few, and each means that somebody has to do something: docs/runbooks/.

locals {
  database = { DBInstanceIdentifier = var.database_id }
  balancer = { LoadBalancer = var.balancer_suffix }

  alarms = merge(
    {
      waits-long = {
        why       = "The oldest media has been due for a quarter of an hour: too few workers, or they fail"
        namespace = "Tipline", metric = "oldest_seconds", dimensions = { installation = var.name }
        statistic = "Maximum", over = true, threshold = 900, minutes = 5, missing = "notBreaching"
      }
      # Every worker tells each minute; silence means that none works.
      no-worker = {
        why       = "No worker has told how much waits for ten minutes: is one running?"
        namespace = "Tipline", metric = "oldest_seconds", dimensions = { installation = var.name }
        statistic = "SampleCount", over = false, threshold = 1, minutes = 10, missing = "breaching"
      }
      no-deletion = {
        why        = "The deletion clock does not run: what citizens took back is not deleted"
        namespace  = "ECS/ContainerInsights", metric = "RunningTaskCount"
        dimensions = { ClusterName = var.cluster, ServiceName = "expire" }
        statistic  = "Minimum", over = false, threshold = 1, minutes = 10, missing = "breaching"
      }
      no-list-of-deletions = {
        why       = "Nobody has noted for half an hour what citizens took back: a restore would bring it back"
        namespace = "Tipline/${var.name}", metric = "deletions_noted", dimensions = {}
        statistic = "Sum", over = false, threshold = 1, minutes = 30, missing = "breaching"
      }
      faults = {
        why       = "The doors answer with 5xx"
        namespace = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", dimensions = local.balancer
        statistic = "Sum", over = true, threshold = 20, minutes = 5, missing = "notBreaching"
      }
      database-disk = {
        why       = "The database has less than 10 GB left"
        namespace = "AWS/RDS", metric = "FreeStorageSpace", dimensions = local.database
        statistic = "Minimum", over = false, threshold = 10000000000, minutes = 5, missing = "breaching"
      }
      database-busy = {
        why       = "The database's processors have been busy for a quarter of an hour"
        namespace = "AWS/RDS", metric = "CPUUtilization", dimensions = local.database
        statistic = "Average", over = true, threshold = 80, minutes = 15, missing = "breaching"
      }
    },
    { for door, suffix in var.target_groups : "no-${door}" => {
      why        = "No task of the door ${door} can serve"
      namespace  = "AWS/ApplicationELB", metric = "HealthyHostCount"
      dimensions = { LoadBalancer = var.balancer_suffix, TargetGroup = suffix }
      statistic  = "Minimum", over = false, threshold = 1, minutes = 3, missing = "breaching"
    } },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.why
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 60
  evaluation_periods  = each.value.minutes
  comparison_operator = each.value.over ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
