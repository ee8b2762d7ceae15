resource "google_artifact_registry_repository_iam_member" "build" {
  project    = local.project
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

# Our source bucket, and the one that Cloud Functions copies sources to; with a key of yours its name goes on after the
# region.
resource "google_project_iam_member" "build_source" {
  project = local.project
  role    = "roles/storage.objectViewer"
  member  = google_service_account.build.member

  condition {
    title      = "functions-source"
    expression = <<-EOT
      resource.name.startsWith("projects/_/buckets/${google_storage_bucket.source.name}/") ||
      resource.name.startsWith("projects/_/buckets/gcf-v2-sources-${data.google_project.this.number}-${local.region}${var.kms_key == null ? "/" : ""}")
    EOT
  }
}

# A new grant takes about a minute to be seen everywhere, and a build that starts before fails for good: "failed to
# download archive … Access … denied" (hashicorp/terraform-provider-google#20571, and the provider's own example of a
# function with a build account).
resource "time_sleep" "build_grants" {
  create_duration = "120s"

  triggers = {
    registry = google_artifact_registry_repository_iam_member.build.id
    logs     = google_project_iam_member.build_logs.id
    source   = google_project_iam_member.build_source.id
  }
}
