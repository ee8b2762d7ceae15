# Who may call the functions: each its own push account, nobody else.

resource "google_cloud_run_v2_service_iam_member" "push" {
  for_each = local.functions

  project  = local.project
  name     = google_cloudfunctions2_function.this[each.key].name
  location = local.region
  role     = "roles/run.invoker"
  member   = google_service_account.push[each.key].member
}

# Pub/Sub signs its pushes as that account. Projects older than April 2021 need this said.
resource "google_service_account_iam_member" "push_tokens" {
  for_each = google_service_account.push

  service_account_id = each.value.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent
}

# The ledgers. Cloud Storage answers 403 instead of 404 to who may not list, and asks for delete to overwrite.
resource "google_project_iam_custom_role" "ledger" {
  project     = local.project
  role_id     = "${local.role_prefix}Ledger${var.role_id_suffix}"
  title       = "${local.title} ledger"
  description = "Reads and writes the ledgers in the state bucket"
  permissions = [
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.get",
    "storage.objects.list",
  ]
}

resource "google_storage_bucket_iam_member" "ledger" {
  for_each = local.functions

  bucket = var.config.state
  role   = google_project_iam_custom_role.ledger.id
  member = google_service_account.function[each.key].member

  depends_on = [google_storage_bucket.state]
}

resource "google_storage_bucket_iam_member" "artifacts" {
  for_each = {
    for pair in setproduct(local.artifact_buckets, keys(local.functions)) :
    "${pair[0]}/${pair[1]}" => { bucket = pair[0], function = pair[1] }
  }

  bucket = each.value.bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.function[each.value.function].member

  depends_on = [google_storage_bucket.artifacts]
}

resource "google_pubsub_topic_iam_member" "ticks" {
  for_each = local.functions

  topic  = google_pubsub_topic.this["ticks"].id
  role   = "roles/pubsub.publisher"
  member = google_service_account.function[each.key].member
}

resource "google_pubsub_topic_iam_member" "events" {
  topic  = google_pubsub_topic.this["events"].id
  role   = "roles/pubsub.publisher"
  member = google_service_account.function["on-tick"].member
}
