# A key of yours (CMEK): every resource that takes one names it, and these agents of Google's use it. Each is made by
# Google when its service is first used: `gcloud beta services identity create` makes it at once.
locals {
  kms_agents = {
    artifact-registry = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-artifactregistry.iam.gserviceaccount.com"
    functions         = "serviceAccount:service-${data.google_project.this.number}@gcf-admin-robot.iam.gserviceaccount.com"
    pubsub            = local.pubsub_agent
    run               = "serviceAccount:service-${data.google_project.this.number}@serverless-robot-prod.iam.gserviceaccount.com"
    storage           = "serviceAccount:${data.google_storage_project_service_account.this.email_address}"
    vertex            = local.vertex_agent
  }
}

# https://cloud.google.com/functions/docs/securing/cmek, https://cloud.google.com/pubsub/docs/encryption,
# https://cloud.google.com/vertex-ai/docs/general/cmek
resource "google_kms_crypto_key_iam_member" "agents" {
  for_each = var.kms_key != null && var.kms_grants ? local.kms_agents : {}

  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value

  depends_on = [google_project_service.required]
}

# What is made with a key before its agent may use it is refused.
resource "time_sleep" "kms_grants" {
  count = var.kms_key != null && var.kms_grants ? 1 : 0

  create_duration = "60s"

  triggers = { for agent, grant in google_kms_crypto_key_iam_member.agents : agent => grant.id }
}
