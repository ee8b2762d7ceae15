# What is refused before anything is made.

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
  config           = yamldecode(file("tests/fixtures/full.yaml"))
  function_archive = "tests/fixtures/functions.zip"
  images = {
    "europe-west4-docker.pkg.dev/my-project/predictors/onnx" = "europe-west4-docker.pkg.dev/my-project/predictors/onnx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  }
}

run "refuses_state_among_artifacts" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    config = yamldecode(file("tests/fixtures/state-among-artifacts.yaml"))
  }

  expect_failures = [terraform_data.project]
}

run "refuses_more_prefixes_than_cloud_storage_notifies_of" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    config = yamldecode(file("tests/fixtures/eleven-prefixes.yaml"))
  }

  expect_failures = [google_storage_notification.artifacts]
}

run "refuses_tags" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    images = { "europe-west4-docker.pkg.dev/my-project/predictors/onnx" = "europe-west4-docker.pkg.dev/my-project/predictors/onnx:latest" }
  }

  expect_failures = [var.images]
}

run "refuses_an_image_without_digest" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    images = {}
  }

  expect_failures = [google_cloudfunctions2_function.this]
}

run "refuses_everybody_as_trainer" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    trainers = ["allUsers"]
  }

  expect_failures = [var.trainers]
}

run "refuses_one_account_for_both_builds" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    build = {
      repository            = "projects/my-project/locations/europe-west4/connections/github/repositories/slipway"
      service_account       = "projects/my-project/serviceAccounts/apply@my-project.iam.gserviceaccount.com"
      check_service_account = "projects/my-project/serviceAccounts/apply@my-project.iam.gserviceaccount.com"
      terraform_state       = "my-project-terraform"
    }
  }

  expect_failures = [var.build]
}

run "refuses_idle_hours_of_more_than_a_day" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    idle_hours = 25
  }

  expect_failures = [var.idle_hours]
}
