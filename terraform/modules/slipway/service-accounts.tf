locals {
  # Made by Google when the service is first used: `gcloud beta services identity create` makes it at once.
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
  vertex_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-aiplatform.iam.gserviceaccount.com"
}

# What each function runs as.
resource "google_service_account" "function" {
  for_each = local.functions

  project      = local.project
  account_id   = "${var.name_prefix}-${each.key}"
  display_name = "${local.title} ${each.value.entry_point}"

  depends_on = [google_project_service.required]
}

# What pushes to each function, and may do nothing else.
resource "google_service_account" "push" {
  for_each = local.functions

  project      = local.project
  account_id   = "${var.name_prefix}-push-${each.key}"
  display_name = "Pushes to ${local.title} ${each.value.entry_point}"

  depends_on = [google_project_service.required]
}

# What builds the functions.
resource "google_service_account" "build" {
  project      = local.project
  account_id   = "${var.name_prefix}-build"
  display_name = "Builds the functions of ${local.title}"

  depends_on = [google_project_service.required]
}
