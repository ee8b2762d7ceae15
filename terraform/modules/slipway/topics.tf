resource "google_pubsub_topic" "this" {
  for_each = local.topics

  project      = local.project
  name         = each.value
  labels       = local.labels
  kms_key_name = var.kms_key

  dynamic "message_storage_policy" {
    for_each = length(var.message_regions) == 0 ? [] : [1]

    content {
      allowed_persistence_regions = var.message_regions
    }
  }

  depends_on = [google_project_service.required, time_sleep.kms_grants]
}

# What could not be delivered ends here, and stays to be read for a month.
resource "google_pubsub_topic" "dead_letters" {
  project      = local.project
  name         = "${var.name_prefix}-dead-letters"
  labels       = local.labels
  kms_key_name = var.kms_key

  dynamic "message_storage_policy" {
    for_each = length(var.message_regions) == 0 ? [] : [1]

    content {
      allowed_persistence_regions = var.message_regions
    }
  }

  depends_on = [google_project_service.required, time_sleep.kms_grants]
}

resource "google_pubsub_subscription" "dead_letters" {
  project                    = local.project
  name                       = "${var.name_prefix}-dead-letters"
  labels                     = local.labels
  topic                      = google_pubsub_topic.dead_letters.id
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}

# Cloud Storage publishes on the topic of artifacts.
data "google_storage_project_service_account" "this" {
  project = local.project
}

resource "google_pubsub_topic_iam_member" "storage_agent" {
  topic  = google_pubsub_topic.this["artifacts"].id
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:${data.google_storage_project_service_account.this.email_address}"
}

# Cloud Storage tries the topic when a notification is made, and refuses one that it may not publish on.
resource "time_sleep" "storage_grant" {
  create_duration = "60s"

  triggers = {
    topic = google_pubsub_topic_iam_member.storage_agent.id
  }
}

# One notification for each bucket and prefix that services watch, for artifacts and for inputs of batches.
locals {
  watched = distinct(concat([for pattern in local.artifacts : { bucket = pattern.bucket, prefix = pattern.prefix }], values(local.batch_inputs)))
}

resource "google_storage_notification" "artifacts" {
  for_each = { for pattern in local.watched : "${pattern.bucket}/${pattern.prefix}" => pattern }

  bucket             = each.value.bucket
  object_name_prefix = each.value.prefix
  event_types        = ["OBJECT_FINALIZE"]
  payload_format     = "NONE"
  topic              = google_pubsub_topic.this["artifacts"].id

  lifecycle {
    precondition {
      # https://cloud.google.com/storage/docs/pubsub-notifications
      condition = alltrue([
        for bucket in distinct([for pattern in local.watched : pattern.bucket]) :
        length([for pattern in local.watched : pattern.prefix if pattern.bucket == bucket]) <= 10
      ])
      error_message = "services.*.artifacts and batch.inputs: expected at most 10 prefixes in one bucket, which is what Cloud Storage notifies of."
    }
  }

  depends_on = [google_storage_bucket.artifacts, google_storage_bucket.batch, time_sleep.storage_grant]
}
