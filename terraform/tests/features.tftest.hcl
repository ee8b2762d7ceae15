# Who may read the features of a service, and nothing else.

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
  config           = yamldecode(file("tests/fixtures/features.yaml"))
  function_archive = "tests/fixtures/functions.zip"
  images = {
    "europe-west4-docker.pkg.dev/my-project/predictors/onnx" = "europe-west4-docker.pkg.dev/my-project/predictors/onnx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  }
}

run "each_account_reads_its_own_store" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  assert {
    condition = { for name, grant in google_storage_bucket_iam_member.features : name => [grant.bucket, grant.member, grant.condition[0].expression] } == {
      files = [
        "my-project-features",
        "serviceAccount:files-serving@my-project.iam.gserviceaccount.com",
        "resource.name == \"projects/_/buckets/my-project-features/objects/shop/churn.sqlite\"",
      ]
    }
    error_message = "the file of the features is not granted, or more than that"
  }

  assert {
    condition = [for grant in google_storage_bucket_iam_member.schemata : [grant.bucket, grant.member, grant.condition[0].expression]] == [[
      "my-project-slipway-state",
      "serviceAccount:service-123456789012@gcp-sa-aiplatform.iam.gserviceaccount.com",
      "resource.name.startsWith(\"projects/_/buckets/my-project-slipway-state/objects/schemata/\")",
    ]]
    error_message = "Vertex AI cannot read the schemata, or more than them"
  }

  assert {
    condition = { for name, grant in google_storage_bucket_iam_member.stored : name => [grant.bucket, grant.role, grant.member, grant.condition[0].expression] } == {
      files = [
        "my-project-results",
        "roles/storage.objectViewer",
        "serviceAccount:files-serving@my-project.iam.gserviceaccount.com",
        "resource.name.startsWith(\"projects/_/buckets/my-project-results/objects/files/\")",
      ]
    }
    error_message = "the results that answer by key are not granted, or more than those"
  }

  assert {
    condition = { for name, grant in google_project_iam_member.features : name => [grant.project, grant.role, grant.member] if name != "views/vertex" } == {
      "documents/firestore"              = ["my-project", "roles/datastore.viewer", "serviceAccount:documents-serving@my-project.iam.gserviceaccount.com"]
      "rows/roles/cloudsql.client"       = ["other-project", "roles/cloudsql.client", "serviceAccount:rows-serving@my-project.iam.gserviceaccount.com"]
      "rows/roles/cloudsql.instanceUser" = ["other-project", "roles/cloudsql.instanceUser", "serviceAccount:rows-serving@my-project.iam.gserviceaccount.com"]
      "rows/secret"                      = ["other-project", "roles/secretmanager.secretAccessor", "serviceAccount:rows-serving@my-project.iam.gserviceaccount.com"]
    }
    error_message = "an account has another role than its store needs"
  }

  assert {
    condition = { for name, grant in google_project_iam_member.features : name => grant.condition[0].expression if name != "views/vertex" } == {
      "documents/firestore"              = "resource.name == \"projects/my-project/databases/shop\""
      "rows/roles/cloudsql.client"       = "resource.name == \"projects/other-project/instances/shop\" && resource.service == \"sqladmin.googleapis.com\""
      "rows/roles/cloudsql.instanceUser" = "resource.name == \"projects/other-project/instances/shop\" && resource.service == \"sqladmin.googleapis.com\""
      "rows/secret"                      = "resource.name.extract(\"/secrets/{name}/versions/\") == \"shop-password\""
    }
    error_message = "a role holds for more than the store"
  }

  assert {
    condition     = google_project_iam_member.features["views/vertex"].member == "serviceAccount:views-serving@my-project.iam.gserviceaccount.com"
    error_message = "the feature store of Vertex AI cannot be read"
  }
}
