# What services with batch prediction need, and that nothing of it is there for others. Nothing is created.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }

  mock_data "google_storage_project_service_account" {
    defaults = { email_address = "service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }

  # What others take has the form that Google gives it: the real provider checks members and names of accounts, Google
  # the rest.
  mock_resource "google_project_iam_custom_role" {
    defaults = { id = "projects/my-project/roles/mocked" }
  }

  mock_resource "google_pubsub_topic" {
    defaults = { id = "projects/my-project/topics/mocked" }
  }

  mock_resource "google_artifact_registry_repository" {
    defaults = { id = "projects/my-project/locations/europe-west4/repositories/mocked" }
  }

  mock_resource "google_cloudfunctions2_function" {
    defaults = {
      service_config = { uri = "https://mocked-a1b2c3d4e5-ew.a.run.app" }
    }
  }

  mock_resource "google_service_account" {
    defaults = {
      email  = "mocked-account@my-project.iam.gserviceaccount.com"
      id     = "projects/my-project/serviceAccounts/mocked-account@my-project.iam.gserviceaccount.com"
      member = "serviceAccount:mocked-account@my-project.iam.gserviceaccount.com"
      name   = "projects/my-project/serviceAccounts/mocked-account@my-project.iam.gserviceaccount.com"
    }
  }
}

mock_provider "time" {}

variables {
  config           = yamldecode(file("tests/fixtures/batch.yaml"))
  function_archive = "tests/fixtures/functions.zip"
  images = {
    "europe-west4-docker.pkg.dev/my-project/predictors/onnx" = "europe-west4-docker.pkg.dev/my-project/predictors/onnx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  }
}

# A plan does not know the ids of roles, which differ from each other only once they are made.
run "batch" {
  command = apply

  module {
    source = "./modules/slipway"
  }

  assert {
    condition     = keys(google_storage_bucket.batch) == ["my-project-batch", "my-project-results"] && keys(google_storage_bucket.artifacts) == ["my-project-models"]
    error_message = "a bucket of inputs, copies or results is made once, also where artifacts land in it"
  }

  assert {
    condition = alltrue([
      for bucket in google_storage_bucket.batch : bucket.uniform_bucket_level_access && bucket.public_access_prevention == "enforced"
    ])
    error_message = "no bucket can be made public"
  }

  assert {
    condition = { for name, bucket in google_storage_bucket.batch : name => one(one(bucket.lifecycle_rule).condition).matches_prefix } == {
      my-project-batch   = tolist(["copies/"])
      my-project-results = tolist(["churn/_staging/"])
    }
    error_message = "forgotten copies go by themselves, and nothing else does"
  }

  assert {
    condition = toset([for notification in google_storage_notification.artifacts : "${notification.bucket}/${notification.object_name_prefix}"]) == toset([
      "my-project-batch/churn/in/", "my-project-models/churn/", "my-project-models/fraud-in/", "my-project-models/fraud/", "my-project-models/prices/", "my-project-models/wine/",
    ])
    error_message = "inputs are announced as artifacts are, each prefix once"
  }

  assert {
    condition     = toset([for grant in google_storage_bucket_iam_member.batch_inputs : "${grant.bucket} ${grant.role}"]) == toset(["my-project-batch roles/storage.objectViewer"]) && length(google_storage_bucket_iam_member.batch_inputs) == 3
    error_message = "every function reads inputs; a bucket of artifacts is read already"
  }

  assert {
    condition = { for bucket, grant in google_storage_bucket_iam_member.batch_outputs : bucket => grant.member } == {
      my-project-batch   = google_service_account.function["on-tick"].member
      my-project-results = google_service_account.function["on-tick"].member
    }
    error_message = "on-tick alone writes copies and results"
  }

  assert {
    condition     = keys(google_storage_bucket_iam_member.batch_agent) == ["my-project-batch", "my-project-results"] && alltrue([for grant in google_storage_bucket_iam_member.batch_agent : endswith(grant.member, "@gcp-sa-aiplatform.iam.gserviceaccount.com")])
    error_message = "Vertex AI reads copies and writes results, also in another project's bucket"
  }

  assert {
    condition = length(setintersection(google_project_iam_custom_role.engine.permissions, [
      "aiplatform.batchPredictionJobs.cancel", "aiplatform.batchPredictionJobs.create", "aiplatform.batchPredictionJobs.list",
    ])) == 3
    error_message = "the engine may create, find and cancel jobs"
  }

  assert {
    condition     = keys(google_service_account_iam_member.serving) == ["churn-batch@my-project.iam.gserviceaccount.com"]
    error_message = "the engine may start jobs that run as the accounts of slipway.yaml"
  }

  assert {
    condition     = strcontains(one(one(google_monitoring_alert_policy.batch_failed).conditions).condition_matched_log[0].filter, "batch ended") && length(google_logging_metric.batches) == 1
    error_message = "a batch that fails is an alert, and batches are counted"
  }

  assert {
    condition     = length([for tile in jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles : tile if tile.widget.title == "Batches by how they ended"]) == 1
    error_message = "the dashboard shows them"
  }
}

run "without_batch" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    config = yamldecode(file("tests/fixtures/full.yaml"))
  }

  assert {
    condition     = length(google_storage_bucket.batch) + length(google_project_iam_custom_role.batch) + length(google_storage_bucket_iam_member.batch_inputs) + length(google_storage_bucket_iam_member.batch_outputs) + length(google_storage_bucket_iam_member.batch_agent) + length(google_monitoring_alert_policy.batch_failed) + length(google_logging_metric.batches) == 0
    error_message = "without batch nothing is made for it"
  }

  assert {
    condition     = length([for permission in google_project_iam_custom_role.engine.permissions : permission if strcontains(permission, "batch")]) == 0
    error_message = "and nothing more is allowed"
  }
}
