# The sweep: a tick for every service that has unfinished work or has drifted, should a message ever be lost.
resource "google_cloud_scheduler_job" "sweep" {
  project     = local.project
  name        = "${var.name_prefix}-sweep"
  description = "Looks after every service, should a tick ever be lost"
  region      = local.region
  schedule    = "*/15 * * * *"
  time_zone   = "Etc/UTC"

  pubsub_target {
    topic_name = google_pubsub_topic.this["ticks"].id
    data       = base64encode(jsonencode({ sweep = true }))
  }

  retry_config {
    retry_count = 3
  }

  depends_on = [google_project_service.required]
}
