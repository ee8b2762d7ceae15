# The console for a team: not made unless it is asked for, and then with exactly what it reads.

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
  built_images = {
    "europe-west4-docker.pkg.dev/my-project/slipway/console" = "europe-west4-docker.pkg.dev/my-project/slipway/console@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  }
  console = {
    image   = "europe-west4-docker.pkg.dev/my-project/slipway/console"
    viewers = ["group:ml@example.com"]
  }
}

run "no_console_unless_it_is_asked_for" {
  command = plan

  variables {
    console = null
  }

  module {
    source = "./modules/slipway"
  }

  assert {
    condition = (
      length(google_cloud_run_v2_service.console) + length(google_service_account.console) + length(google_project_service.iap) +
      length(google_cloud_run_v2_service_iam_member.console) + length(google_iap_web_cloud_run_service_iam_member.viewers) +
      length(google_project_iam_custom_role.console) + length(google_project_iam_member.console) +
      length(google_storage_bucket_iam_member.console) + length(google_pubsub_topic_iam_member.console)
    ) == 0 && output.console == null
    error_message = "something of the console is made"
  }
}

run "the_service_is_behind_iap_and_knows_its_names" {
  command = plan

  variables {
    console = {
      image   = "europe-west4-docker.pkg.dev/my-project/slipway/console"
      viewers = ["group:ml@example.com"]
      hosts   = ["slipway.example.com"]
    }
  }

  module {
    source = "./modules/slipway"
  }

  assert {
    condition     = google_cloud_run_v2_service.console["this"].iap_enabled && google_cloud_run_v2_service.console["this"].ingress == "INGRESS_TRAFFIC_ALL"
    error_message = "IAP is off"
  }

  assert {
    condition     = google_cloud_run_v2_service_iam_member.console["this"].role == "roles/run.invoker" && google_cloud_run_v2_service_iam_member.console["this"].member == "serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"
    error_message = "IAP's agent alone may call the service"
  }

  assert {
    condition     = { for name, grant in google_iap_web_cloud_run_service_iam_member.viewers : name => [grant.role, grant.member] } == { "group:ml@example.com" = ["roles/iap.httpsResourceAccessor", "group:ml@example.com"] }
    error_message = "IAP lets through others than the viewers"
  }

  assert {
    condition = google_cloud_run_v2_service.console["this"].template[0].containers[0].args == tolist([
      "--port", "8080",
      "--iap-audience", "/projects/123456789012/locations/europe-west4/services/slipway-console",
      "--host", "slipway-console-123456789012.europe-west4.run.app",
      "--host", "slipway.example.com",
    ])
    error_message = "the console has another audience, other names, or actions"
  }

  assert {
    condition     = google_cloud_run_v2_service.console["this"].template[0].containers[0].image == "europe-west4-docker.pkg.dev/my-project/slipway/console@sha256:1111111111111111111111111111111111111111111111111111111111111111"
    error_message = "the image is not the one that was built, by its digest"
  }

  assert {
    condition     = output.console == "https://slipway-console-123456789012.europe-west4.run.app/"
    error_message = "the address is another one"
  }
}

run "it_reads_and_does_nothing_else" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  assert {
    condition     = toset(google_project_iam_custom_role.console["this"].permissions) == toset(["aiplatform.endpoints.get", "aiplatform.endpoints.list", "aiplatform.models.get", "aiplatform.models.list"])
    error_message = "the role is not that of the reads"
  }

  assert {
    condition     = toset(keys(google_storage_bucket_iam_member.console)) == setunion([var.config.state], local.artifact_buckets) && alltrue([for grant in google_storage_bucket_iam_member.console : grant.role == "roles/storage.objectViewer"])
    error_message = "it reads other buckets than those of ledgers and artifacts, or writes them"
  }

  assert {
    condition     = length(google_pubsub_topic_iam_member.console) == 0
    error_message = "a console without actions may publish"
  }
}

run "actions_may_publish_requests" {
  command = plan

  variables {
    console = {
      image   = "europe-west4-docker.pkg.dev/my-project/slipway/console"
      viewers = ["group:ml@example.com"]
      actions = true
      ingress = "INGRESS_TRAFFIC_INTERNAL_ONLY"
    }
    binary_authorization_policy = "default"
    kms_key                     = "projects/my-project/locations/europe-west4/keyRings/r/cryptoKeys/k"
    vpc                         = { network = "n", subnetwork = "s" }
  }

  module {
    source = "./modules/slipway"
  }

  assert {
    condition     = google_pubsub_topic_iam_member.console["this"].role == "roles/pubsub.publisher" && contains(google_cloud_run_v2_service.console["this"].template[0].containers[0].args, "--actions")
    error_message = "actions cannot be published"
  }

  assert {
    condition = (
      google_cloud_run_v2_service.console["this"].ingress == "INGRESS_TRAFFIC_INTERNAL_ONLY" &&
      google_cloud_run_v2_service.console["this"].template[0].encryption_key == "projects/my-project/locations/europe-west4/keyRings/r/cryptoKeys/k" &&
      google_cloud_run_v2_service.console["this"].template[0].vpc_access[0].network_interfaces[0].subnetwork == "s" &&
      google_cloud_run_v2_service.console["this"].binary_authorization[0].use_default
    )
    error_message = "what the organisation asks for does not hold for the console"
  }
}

run "refuses_everybody_as_viewer" {
  command = plan

  variables {
    console = {
      image   = "europe-west4-docker.pkg.dev/my-project/slipway/console"
      viewers = ["allUsers"]
    }
  }

  module {
    source = "./modules/slipway"
  }

  expect_failures = [var.console]
}

run "refuses_an_image_of_the_console_without_digest" {
  command = plan

  variables {
    built_images = {}
  }

  module {
    source = "./modules/slipway"
  }

  expect_failures = [google_cloud_run_v2_service.console]
}
