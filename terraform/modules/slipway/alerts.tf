# Each alert says in its documentation what to look at first.

resource "google_monitoring_alert_policy" "release_failed" {
  project               = local.project
  display_name          = "${local.title}: a release failed"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = "A release failed, was refused or went back"
    condition_matched_log {
      filter = "${local.engine_logs} AND jsonPayload.message=\"release ended\" AND severity>=ERROR"
      label_extractors = {
        service  = "EXTRACT(jsonPayload.service)"
        artifact = "EXTRACT(jsonPayload.artifact)"
        cause    = "EXTRACT(jsonPayload.cause.text)"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "300s"
    }
  }

  documentation {
    subject = "A release of $${log.extracted_label.service} failed"
    content = "$${log.extracted_label.artifact}: $${log.extracted_label.cause}\n\nWhat served before still serves. Land a mended artifact in a new folder, or publish `{\"service\":\"$${log.extracted_label.service}\"}` to ${google_pubsub_topic.this["requests"].name} to try again."
  }
}

resource "google_monitoring_alert_policy" "release_stuck" {
  project               = local.project
  display_name          = "${local.title}: releases do not move on"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = "A message has waited for an hour"
    condition_threshold {
      filter          = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=monitoring.regex.full_match(\"${var.name_prefix}-on-(artifact|request|tick)\") AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      comparison      = "COMPARISON_GT"
      threshold_value = 3600
      duration        = "300s"
      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  # Not the log-based metric of sweeps: Cloud Monitoring knows a new one only minutes after it is made, and the first
  # apply would fail here (hashicorp/terraform-provider-google#11102).
  conditions {
    display_name = "No tick, and so no sweep, for an hour"
    condition_threshold {
      filter                  = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${google_cloudfunctions2_function.this["on-tick"].name}\" AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"2xx\""
      comparison              = "COMPARISON_LT"
      threshold_value         = 1
      duration                = "1800s"
      evaluation_missing_data = "EVALUATION_MISSING_DATA_ACTIVE"
      aggregations {
        alignment_period     = "1800s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    subject = "Releases of ${local.title} do not move on"
    content = "Read the log of ${google_cloudfunctions2_function.this["on-tick"].name}: `call failed` names the call that Google refuses, `service stopped` a ledger that cannot be read. A sweep by hand: publish `{\"sweep\":true}` to ${google_pubsub_topic.this["ticks"].name}."
  }
}

resource "google_monitoring_alert_policy" "service_stopped" {
  project               = local.project
  display_name          = "${local.title}: a service is stopped"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = "A service was stopped for a person to look at"
    condition_matched_log {
      filter           = "${local.engine_logs} AND jsonPayload.message=\"service stopped\""
      label_extractors = { service = "EXTRACT(jsonPayload.service)" }
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    subject = "$${log.extracted_label.service} is stopped"
    content = "The log entry `service stopped` of ${google_cloudfunctions2_function.this["on-tick"].name} says why: most often a ledger that cannot be read."
  }
}

resource "google_monitoring_alert_policy" "call_refused" {
  project               = local.project
  display_name          = "${local.title}: Google keeps refusing a call"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = "The same call was refused again and again"
    condition_matched_log {
      filter = "${local.engine_logs} AND jsonPayload.message=\"Google keeps refusing a call\""
      label_extractors = {
        service = "EXTRACT(jsonPayload.service)"
        method  = "EXTRACT(jsonPayload.method)"
        words   = "EXTRACT(jsonPayload.detail)"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    subject = "Google refuses $${log.extracted_label.method} for $${log.extracted_label.service}"
    content = "$${log.extracted_label.words}\n\nWhile it lasts `slipway status $${log.extracted_label.service}` shows it. A release that waits for it ends after some minutes where a person has to change something, and at rollout.deadline where it passes by itself."
  }
}

resource "google_monitoring_alert_policy" "left_deployed" {
  project               = local.project
  display_name          = "${local.title}: a model that could not be undeployed"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = "A model that serves nothing cannot be undeployed"
    condition_matched_log {
      filter = "${local.engine_logs} AND jsonPayload.message=\"model left deployed\""
      label_extractors = {
        service = "EXTRACT(jsonPayload.service)"
        model   = "EXTRACT(jsonPayload.deployedModel)"
        words   = "EXTRACT(jsonPayload.cause.detail)"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    subject = "Deployed model $${log.extracted_label.model} of $${log.extracted_label.service} costs its machines and serves nothing"
    content = "$${log.extracted_label.words}\n\nSlipway tries again with growing pauses. To end it by hand: `gcloud ai endpoints undeploy-model ENDPOINT --deployed-model-id=$${log.extracted_label.model}`."
  }
}

resource "google_monitoring_alert_policy" "dead_letters" {
  project               = local.project
  display_name          = "${local.title}: a message could not be delivered"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = "Dead letters are waiting"
    condition_threshold {
      filter          = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${google_pubsub_subscription.dead_letters.name}\" AND metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"
      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  documentation {
    subject = "${local.title} has dead letters"
    content = "Read them with `gcloud pubsub subscriptions pull ${google_pubsub_subscription.dead_letters.name} --limit=10`; the attribute CloudPubSubDeadLetterSourceSubscription says whose they are. With `--auto-ack` they are gone."
  }
}

resource "google_monitoring_alert_policy" "function_errors" {
  project               = local.project
  display_name          = "${local.title}: a function has errors"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = "An error that no other alert tells of"
    condition_matched_log {
      filter = "${local.function_logs} AND severity>=ERROR AND NOT jsonPayload.message=(\"release ended\" OR \"service stopped\" OR \"Google keeps refusing a call\" OR \"model left deployed\" OR \"batch ended\")"
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    subject = "A function of ${local.title} has errors"
    content = "The log entry says which. Messages are kept and delivered again until the function answers."
  }
}

resource "google_monitoring_alert_policy" "endpoint_errors" {
  project               = local.project
  display_name          = "${local.title}: an endpoint answers with errors"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = "More than ${var.endpoint_error_percent} % of predictions fail"
    condition_threshold {
      # Requests on both sides: prediction_count counts rows, and there are none where everything fails.
      filter             = "${local.endpoint_series} AND metric.type=\"aiplatform.googleapis.com/prediction/online/response_count\" AND metric.labels.response_code=\"5xx\""
      denominator_filter = "${local.endpoint_series} AND metric.type=\"aiplatform.googleapis.com/prediction/online/response_count\""
      comparison         = "COMPARISON_GT"
      threshold_value    = var.endpoint_error_percent / 100
      duration           = "300s"
      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["metric.label.endpoint_display_name"]
      }
      denominator_aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["metric.label.endpoint_display_name"]
      }
    }
  }

  documentation {
    subject = "Predictions of $${metric.label.endpoint_display_name} fail"
    content = "If it began with a release, go back: publish `{\"service\":\"NAME\",\"artifact\":\"gs://…\"}` with the artifact that served before to ${google_pubsub_topic.this["requests"].name}."
  }
}

# A model that nobody asks is billed like one that is asked. PromQL, because where there are no requests their metric has
# no series. A model that is deployed for a shorter time is not idle.
resource "google_monitoring_alert_policy" "idle" {
  count = var.idle_hours > 0 && length(local.endpoint_names) > 0 ? 1 : 0

  project               = local.project
  display_name          = "${local.title}: a model is deployed and nobody asks it"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = "No requests for ${var.idle_hours} hours"
    condition_prometheus_query_language {
      query               = <<-QUERY
        sum by (endpoint_display_name) (${local.replicas_series}) > 0
        and
        sum by (endpoint_display_name) (${local.replicas_series} offset ${var.idle_hours}h) > 0
        unless
        sum by (endpoint_display_name) (increase(${local.responses_series}[${var.idle_hours}h])) > 0
      QUERY
      duration            = "0s"
      evaluation_interval = "900s"
    }
  }

  documentation {
    subject = "Nobody has asked $${metric.label.endpoint_display_name} for ${var.idle_hours} hours"
    content = "Its machines are billed all the same. `slipway park` undeploys its model and keeps endpoint and versions, `serving.hours` in slipway.yaml does so outside certain hours, and `slipway status` says what it costs."
  }
}
