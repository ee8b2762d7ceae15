resource "google_artifact_registry_repository_iam_member" "build" {
  repository = google_artifact_registry_repository.functions.name
  location   = local.region
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}

resource "google_project_iam_member" "build_logs" {
  project = local.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.build.member
}

# Our source bucket, and the one that Cloud Functions copies sources to.
resource "google_project_iam_member" "build_source" {
  project = local.project
  role    = "roles/storage.objectViewer"
  member  = google_service_account.build.member

  condition {
    title      = "functions-source"
    expression = <<-EOT
      resource.name.startsWith("projects/_/buckets/${google_storage_bucket.source.name}/") ||
      resource.name.startsWith("projects/_/buckets/gcf-v2-sources-${data.google_project.this.number}-${local.region}/")
    EOT
  }
}
