# What Slipway may do on Vertex AI, and read of what it leaves in Cloud Monitoring and Cloud Logging. All three grant on
# projects only, so these are roles of our own with exactly the permissions of the calls that are made
# (https://cloud.google.com/vertex-ai/docs/general/iam-permissions, https://cloud.google.com/monitoring/access-control,
# https://cloud.google.com/logging/docs/access-control).

locals {
  # Roles' ids take no hyphens.
  role_prefix = replace(var.name_prefix, "-", "_")

  granted_accounts = setsubtract(local.serving_accounts, var.grant_in_other_projects ? [] : local.foreign_serving_accounts)
}

resource "google_project_iam_custom_role" "pipelines" {
  project     = local.project
  role_id     = "${local.role_prefix}Pipelines${var.role_id_suffix}"
  title       = "${local.title} pipelines"
  description = "Reads the pipeline jobs that announce a model"
  permissions = ["aiplatform.pipelineJobs.get"]
}

resource "google_project_iam_member" "pipelines" {
  project = local.project
  role    = google_project_iam_custom_role.pipelines.id
  member  = google_service_account.function["on-request"].member
}

resource "google_project_iam_custom_role" "engine" {
  project     = local.project
  role_id     = "${local.role_prefix}Engine${var.role_id_suffix}"
  title       = "${local.title} engine"
  description = "Uploads model versions, deploys them, shifts traffic and reads how they serve"
  permissions = concat(
    [
      "aiplatform.endpoints.deploy",
      "aiplatform.endpoints.get",
      "aiplatform.endpoints.list",
      "aiplatform.endpoints.predict",
      "aiplatform.endpoints.undeploy",
      "aiplatform.endpoints.update",
      "aiplatform.models.delete",
      "aiplatform.models.get",
      "aiplatform.models.list",
      "aiplatform.models.update",
      "aiplatform.models.upload",
      "aiplatform.operations.list",
      "logging.logEntries.list",
      "monitoring.timeSeries.list",
    ],
    var.manage_endpoints ? [] : ["aiplatform.endpoints.create"],
    local.batch_permissions
  )
}

resource "google_project_iam_member" "engine" {
  project = local.project
  role    = google_project_iam_custom_role.engine.id
  member  = google_service_account.function["on-tick"].member
}

# The engine may deploy models that run as the accounts slipway.yaml names, and as no others. The project of an account
# is not always in its address (123-compute@developer.gserviceaccount.com), and IAM finds it by the address alone.
resource "google_service_account_iam_member" "serving" {
  for_each = local.granted_accounts

  service_account_id = "projects/-/serviceAccounts/${each.value}"
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.function["on-tick"].member
}

# Vertex AI's agent runs the containers as those accounts, and deployments fail without these two grants
# (https://cloud.google.com/vertex-ai/docs/general/custom-service-account, steps 3 and 4).
resource "google_service_account_iam_member" "serving_agent" {
  for_each = local.granted_accounts

  service_account_id = "projects/-/serviceAccounts/${each.value}"
  role               = var.serving_agent_role
  member             = local.vertex_agent
}

resource "google_service_account_iam_member" "serving_agent_tokens" {
  for_each = var.grant_in_other_projects ? local.foreign_serving_accounts : []

  service_account_id = "projects/-/serviceAccounts/${each.value}"
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.vertex_agent
}

# Vertex AI copies the artifact at the upload. Its role in this project covers the buckets of this project only.
resource "google_storage_bucket_iam_member" "vertex_agent" {
  for_each = local.artifact_buckets

  bucket = each.value
  role   = "roles/storage.objectViewer"
  member = local.vertex_agent

  depends_on = [google_storage_bucket.artifacts]
}
