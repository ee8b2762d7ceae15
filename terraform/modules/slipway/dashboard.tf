locals {
  # The same series in PromQL, where a metric's first / is a colon.
  endpoint_matcher = "{monitored_resource=\"aiplatform.googleapis.com/Endpoint\",endpoint_display_name=~${jsonencode(join("|", [for name in local.endpoint_names : replace(name, "/[^A-Za-z0-9 _-]/", ".")]))}}"
  replicas_series  = "aiplatform_googleapis_com:prediction_online_replicas${local.endpoint_matcher}"
  responses_series = "aiplatform_googleapis_com:prediction_online_response_count${local.endpoint_matcher}"

  endpoint_series = "resource.type=\"aiplatform.googleapis.com/Endpoint\" AND metric.labels.endpoint_display_name=one_of(${join(",", [for name in local.endpoint_names : jsonencode(name)])})"

  metric = {
    outcomes      = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.outcomes.name}\""
    durations     = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${google_logging_metric.durations.name}\""
    predictions   = "${local.endpoint_series} AND metric.type=\"aiplatform.googleapis.com/prediction/online/prediction_count\""
    errors        = "${local.endpoint_series} AND metric.type=\"aiplatform.googleapis.com/prediction/online/response_count\" AND metric.labels.response_code=\"5xx\""
    latencies     = "${local.endpoint_series} AND metric.type=\"aiplatform.googleapis.com/prediction/online/prediction_latencies\" AND metric.labels.latency_type=\"total\""
    replicas      = "${local.endpoint_series} AND metric.type=\"aiplatform.googleapis.com/prediction/online/replicas\""
    batches       = "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/${var.name_prefix}/batches\""
    dead_letters  = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${google_pubsub_subscription.dead_letters.name}\" AND metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\""
    waiting       = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=monitoring.regex.full_match(\"${var.name_prefix}-on-(artifact|request|tick)\") AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
    instance_time = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=monitoring.regex.full_match(\"${var.name_prefix}-on-(artifact|request|tick)\") AND metric.type=\"run.googleapis.com/container/billable_instance_time\""
  }

  # One number each: filter, period in seconds, aligner, whether any is bad news.
  numbers = [
    { title = "Live, 7 days", filter = "${local.metric.outcomes} AND metric.labels.result=\"Live\"", period = 604800, aligner = "ALIGN_SUM", bad = false },
    { title = "Failed or refused, 7 days", filter = "${local.metric.outcomes} AND metric.labels.result=one_of(\"Failed\",\"Refused\")", period = 604800, aligner = "ALIGN_SUM", bad = true },
    { title = "Rolled back, 7 days", filter = "${local.metric.outcomes} AND metric.labels.result=\"RolledBack\"", period = 604800, aligner = "ALIGN_SUM", bad = true },
    { title = "Dead letters", filter = local.metric.dead_letters, period = 60, aligner = "ALIGN_MAX", bad = true },
  ]

  # One chart each: series as label → filter and aggregation.
  charts = concat(local.charts_always, length(local.batches) == 0 ? [] : local.charts_of_batches)

  charts_of_batches = [
    {
      title = "Batches by how they ended"
      plot  = "STACKED_BAR", unit = "1"
      series = [
        { filter = local.metric.batches, aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = ["metric.label.service", "metric.label.result"], legend = "$${metric.labels.service} $${metric.labels.result}" },
      ]
    },
  ]

  charts_always = [
    {
      title = "Predictions per second by deployed model: a release is where the colour changes"
      plot  = "STACKED_AREA", unit = "1/s"
      series = [
        { filter = local.metric.predictions, aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["metric.label.endpoint_display_name", "metric.label.deployed_model_id"], legend = "$${metric.labels.endpoint_display_name} $${metric.labels.deployed_model_id}" },
      ]
    },
    {
      title = "Failed requests (5xx) per second"
      plot  = "LINE", unit = "1/s"
      series = [
        { filter = local.metric.errors, aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["metric.label.endpoint_display_name", "metric.label.deployed_model_id"], legend = "$${metric.labels.endpoint_display_name} $${metric.labels.deployed_model_id}" },
      ]
    },
    {
      title = "Prediction latency"
      plot  = "LINE", unit = "ms"
      series = [
        for percentile in ["50", "95", "99"] :
        { filter = local.metric.latencies, aligner = "ALIGN_DELTA", reducer = "REDUCE_PERCENTILE_${percentile}", by = ["metric.label.endpoint_display_name"], legend = "p${percentile} $${metric.labels.endpoint_display_name}" }
      ]
    },
    {
      title = "Replicas by deployed model: what is billed"
      plot  = "STACKED_BAR", unit = "1"
      series = [
        { filter = local.metric.replicas, aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", by = ["metric.label.endpoint_display_name", "metric.label.deployed_model_id"], legend = "$${metric.labels.endpoint_display_name} $${metric.labels.deployed_model_id}" },
      ]
    },
    {
      title = "From request to live"
      plot  = "LINE", unit = "s"
      series = [
        for percentile in ["50", "95"] :
        { filter = local.metric.durations, aligner = "ALIGN_DELTA", reducer = "REDUCE_PERCENTILE_${percentile}", by = ["metric.label.service"], legend = "p${percentile} $${metric.labels.service}" }
      ]
    },
    {
      title = "Oldest message not yet done"
      plot  = "LINE", unit = "s"
      series = [
        { filter = local.metric.waiting, aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", by = ["resource.label.subscription_id"], legend = "$${resource.labels.subscription_id}" },
      ]
    },
    {
      title = "Instances of the functions: what is billed"
      plot  = "STACKED_AREA", unit = "1"
      series = [
        { filter = local.metric.instance_time, aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["resource.label.service_name"], legend = "$${resource.labels.service_name}" },
      ]
    },
  ]

  number_tiles = [
    for index, number in local.numbers : {
      xPos = index * 12, yPos = 0, width = 12, height = 8
      widget = {
        title = number.title
        scorecard = merge(
          {
            timeSeriesQuery = {
              timeSeriesFilter = {
                filter      = number.filter
                aggregation = { alignmentPeriod = "${number.period}s", perSeriesAligner = number.aligner, crossSeriesReducer = "REDUCE_SUM" }
              }
            }
          },
          number.bad ? { thresholds = [{ value = 0, direction = "ABOVE", color = "RED" }] } : {}
        )
      }
    }
  ]

  chart_tiles = [
    for index, chart in local.charts : {
      xPos = index % 2 * 24, yPos = 8 + floor(index / 2) * 16, width = 24, height = 16
      widget = {
        title = chart.title
        xyChart = {
          dataSets = [
            for series in chart.series : {
              plotType       = chart.plot
              legendTemplate = series.legend
              timeSeriesQuery = {
                unitOverride = chart.unit
                timeSeriesFilter = {
                  filter      = series.filter
                  aggregation = { alignmentPeriod = "60s", perSeriesAligner = series.aligner, crossSeriesReducer = series.reducer, groupByFields = series.by }
                }
              }
            }
          ]
        }
      }
    }
  ]

  # The last tile tells the story in words.
  log_tile = {
    xPos = length(local.charts) % 2 * 24, yPos = 8 + floor(length(local.charts) / 2) * 16, width = 24, height = 16
    widget = {
      title = "What happened"
      logsPanel = {
        filter        = "${local.function_logs} AND jsonPayload.message=(\"request accepted\" OR \"operation started\" OR \"attempt failed\" OR \"release ended\" OR \"service stopped\" OR \"event refused\" OR \"batch accepted\" OR \"batch job created\" OR \"batch ended\")"
        resourceNames = ["projects/${local.project}"]
      }
    }
  }
}

resource "google_monitoring_dashboard" "this" {
  project = local.project
  dashboard_json = jsonencode({
    displayName  = local.title
    mosaicLayout = { columns = 48, tiles = concat(local.number_tiles, local.chart_tiles, [local.log_tile]) }
  })

  depends_on = [google_project_service.required]
}
