locals {
  engine_logs   = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${google_cloudfunctions2_function.this["on-tick"].name}\""
  function_logs = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^${var.name_prefix}-on-(artifact|request|tick)$\""

  notification_channels = concat(
    var.notification_channels,
    [for channel in google_monitoring_notification_channel.email : channel.id]
  )
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.alert_emails

  project      = local.project
  display_name = "${local.title}: ${each.value}"
  type         = "email"
  user_labels  = local.labels
  labels       = { email_address = each.value }

  depends_on = [google_project_service.required]
}

resource "google_logging_metric" "outcomes" {
  project     = local.project
  name        = "${var.name_prefix}/outcomes"
  description = "Releases by how they ended"
  filter      = "${local.engine_logs} AND jsonPayload.message=\"release ended\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
    labels {
      key = "service"
    }
    labels {
      key = "result"
    }
  }

  label_extractors = {
    service = "EXTRACT(jsonPayload.service)"
    result  = "EXTRACT(jsonPayload.result)"
  }
}

resource "google_logging_metric" "durations" {
  project         = local.project
  name            = "${var.name_prefix}/durations"
  description     = "Seconds from the request to the end of a release that went live"
  filter          = "${local.engine_logs} AND jsonPayload.message=\"release ended\" AND jsonPayload.result=\"Live\""
  value_extractor = "EXTRACT(jsonPayload.seconds)"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "s"
    labels {
      key = "service"
    }
  }

  label_extractors = {
    service = "EXTRACT(jsonPayload.service)"
  }

  # 10 seconds to about three hours.
  bucket_options {
    exponential_buckets {
      num_finite_buckets = 20
      growth_factor      = 1.4142
      scale              = 10
    }
  }
}

resource "google_logging_metric" "sweeps" {
  project     = local.project
  name        = "${var.name_prefix}/sweeps"
  description = "Sweeps of all services"
  filter      = "${local.engine_logs} AND jsonPayload.message=\"sweep\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
  }
}

resource "google_logging_metric" "stopped" {
  project     = local.project
  name        = "${var.name_prefix}/stopped"
  description = "Ticks that found a service which only a person can set going again"
  filter      = "${local.engine_logs} AND jsonPayload.message=\"service stopped\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
    labels {
      key = "service"
    }
  }

  label_extractors = {
    service = "EXTRACT(jsonPayload.service)"
  }
}
