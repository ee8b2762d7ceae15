# Push subscriptions of our own instead of Eventarc triggers: those have an acknowledgement deadline of 10 seconds,
# no prefix filter for buckets, and subscriptions that Terraform does not own. common/wiring.ts describes the same for
# the local stack.
resource "google_pubsub_subscription" "push" {
  for_each = local.functions

  project                    = local.project
  labels                     = local.labels
  name                       = google_cloudfunctions2_function.this[each.key].name
  topic                      = google_pubsub_topic.this[each.value.topic].id
  ack_deadline_seconds       = 600
  message_retention_duration = "604800s"

  push_config {
    push_endpoint = google_cloudfunctions2_function.this[each.key].service_config[0].uri

    oidc_token {
      service_account_email = google_service_account.push[each.key].email
      audience              = google_cloudfunctions2_function.this[each.key].service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic = google_pubsub_topic.dead_letters.id
    # Six hours of attempts: longer than a release may take.
    max_delivery_attempts = 50
  }

  # Never: a quiet month must not end the deliveries.
  expiration_policy {
    ttl = ""
  }

  depends_on = [google_cloud_run_v2_service_iam_member.push]
}

# Pub/Sub itself moves what cannot be delivered.
resource "google_pubsub_topic_iam_member" "dead_letters" {
  topic  = google_pubsub_topic.dead_letters.id
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letters" {
  for_each = google_pubsub_subscription.push

  project      = local.project
  subscription = each.value.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}
