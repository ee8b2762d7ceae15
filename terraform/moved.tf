# Everything was in the root before there was a module: what exists is kept, and moves into it.

moved {
  from = google_artifact_registry_repository.cache
  to   = module.slipway.google_artifact_registry_repository.cache
}

moved {
  from = google_artifact_registry_repository.functions
  to   = module.slipway.google_artifact_registry_repository.functions
}

moved {
  from = google_artifact_registry_repository.images
  to   = module.slipway.google_artifact_registry_repository.images
}

moved {
  from = google_artifact_registry_repository_iam_member.build
  to   = module.slipway.google_artifact_registry_repository_iam_member.build
}

moved {
  from = google_cloud_run_v2_service_iam_member.push
  to   = module.slipway.google_cloud_run_v2_service_iam_member.push
}

moved {
  from = google_cloud_scheduler_job.sweep
  to   = module.slipway.google_cloud_scheduler_job.sweep
}

moved {
  from = google_cloudbuild_trigger.this
  to   = module.slipway.google_cloudbuild_trigger.this
}

moved {
  from = google_cloudfunctions2_function.this
  to   = module.slipway.google_cloudfunctions2_function.this
}

moved {
  from = google_logging_metric.durations
  to   = module.slipway.google_logging_metric.durations
}

moved {
  from = google_logging_metric.outcomes
  to   = module.slipway.google_logging_metric.outcomes
}

moved {
  from = google_logging_metric.stopped
  to   = module.slipway.google_logging_metric.stopped
}

moved {
  from = google_logging_metric.sweeps
  to   = module.slipway.google_logging_metric.sweeps
}

moved {
  from = google_monitoring_alert_policy.dead_letters
  to   = module.slipway.google_monitoring_alert_policy.dead_letters
}

moved {
  from = google_monitoring_alert_policy.endpoint_errors
  to   = module.slipway.google_monitoring_alert_policy.endpoint_errors
}

moved {
  from = google_monitoring_alert_policy.function_errors
  to   = module.slipway.google_monitoring_alert_policy.function_errors
}

moved {
  from = google_monitoring_alert_policy.release_failed
  to   = module.slipway.google_monitoring_alert_policy.release_failed
}

moved {
  from = google_monitoring_alert_policy.release_stuck
  to   = module.slipway.google_monitoring_alert_policy.release_stuck
}

moved {
  from = google_monitoring_dashboard.this
  to   = module.slipway.google_monitoring_dashboard.this
}

moved {
  from = google_monitoring_notification_channel.email
  to   = module.slipway.google_monitoring_notification_channel.email
}

moved {
  from = google_project_iam_custom_role.engine
  to   = module.slipway.google_project_iam_custom_role.engine
}

moved {
  from = google_project_iam_custom_role.ledger
  to   = module.slipway.google_project_iam_custom_role.ledger
}

moved {
  from = google_project_iam_custom_role.pipelines
  to   = module.slipway.google_project_iam_custom_role.pipelines
}

moved {
  from = google_project_iam_member.build_logs
  to   = module.slipway.google_project_iam_member.build_logs
}

moved {
  from = google_project_iam_member.build_source
  to   = module.slipway.google_project_iam_member.build_source
}

moved {
  from = google_project_iam_member.engine
  to   = module.slipway.google_project_iam_member.engine
}

moved {
  from = google_project_iam_member.pipelines
  to   = module.slipway.google_project_iam_member.pipelines
}

moved {
  from = google_project_service.required
  to   = module.slipway.google_project_service.required
}

moved {
  from = google_pubsub_subscription.dead_letters
  to   = module.slipway.google_pubsub_subscription.dead_letters
}

moved {
  from = google_pubsub_subscription.push
  to   = module.slipway.google_pubsub_subscription.push
}

moved {
  from = google_pubsub_subscription_iam_member.dead_letters
  to   = module.slipway.google_pubsub_subscription_iam_member.dead_letters
}

moved {
  from = google_pubsub_topic.dead_letters
  to   = module.slipway.google_pubsub_topic.dead_letters
}

moved {
  from = google_pubsub_topic.this
  to   = module.slipway.google_pubsub_topic.this
}

moved {
  from = google_pubsub_topic_iam_member.dead_letters
  to   = module.slipway.google_pubsub_topic_iam_member.dead_letters
}

moved {
  from = google_pubsub_topic_iam_member.events
  to   = module.slipway.google_pubsub_topic_iam_member.events
}

moved {
  from = google_pubsub_topic_iam_member.storage_agent
  to   = module.slipway.google_pubsub_topic_iam_member.storage_agent
}

moved {
  from = google_pubsub_topic_iam_member.ticks
  to   = module.slipway.google_pubsub_topic_iam_member.ticks
}

moved {
  from = google_pubsub_topic_iam_member.trainers
  to   = module.slipway.google_pubsub_topic_iam_member.trainers
}

moved {
  from = google_service_account.build
  to   = module.slipway.google_service_account.build
}

moved {
  from = google_service_account.function
  to   = module.slipway.google_service_account.function
}

moved {
  from = google_service_account.push
  to   = module.slipway.google_service_account.push
}

moved {
  from = google_service_account_iam_member.push_tokens
  to   = module.slipway.google_service_account_iam_member.push_tokens
}

moved {
  from = google_service_account_iam_member.serving
  to   = module.slipway.google_service_account_iam_member.serving
}

moved {
  from = google_storage_bucket.artifacts
  to   = module.slipway.google_storage_bucket.artifacts
}

moved {
  from = google_storage_bucket.source
  to   = module.slipway.google_storage_bucket.source
}

moved {
  from = google_storage_bucket.state
  to   = module.slipway.google_storage_bucket.state[0]
}

moved {
  from = google_storage_bucket_iam_member.artifacts
  to   = module.slipway.google_storage_bucket_iam_member.artifacts
}

moved {
  from = google_storage_bucket_iam_member.ledger
  to   = module.slipway.google_storage_bucket_iam_member.ledger
}

moved {
  from = google_storage_bucket_iam_member.trainers
  to   = module.slipway.google_storage_bucket_iam_member.trainers
}

moved {
  from = google_storage_bucket_object.source
  to   = module.slipway.google_storage_bucket_object.source
}

moved {
  from = google_storage_notification.artifacts
  to   = module.slipway.google_storage_notification.artifacts
}

moved {
  from = google_vertex_ai_endpoint.this
  to   = module.slipway.google_vertex_ai_endpoint.this
}
