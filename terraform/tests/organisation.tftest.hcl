# What an organisation may ask for: labels, keys, networks, buckets that exist.

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

# The runs after this one look at what it has applied.
run "nothing_asked_for" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  assert {
    condition = alltrue([
      for function in google_cloudfunctions2_function.this :
      function.kms_key_name == null && length(one(function.service_config).direct_vpc_network_interface) == 0 &&
      !contains(keys(one(function.service_config).environment_variables), "SLIPWAY_KMS_KEY")
    ]) && length(google_kms_crypto_key_iam_member.agents) == 0 && length(time_sleep.kms_grants) == 0
    error_message = "no key and no network unless they are named"
  }

  assert {
    condition     = jsondecode(one(google_cloudfunctions2_function.this["on-tick"].service_config).environment_variables["SLIPWAY_LABELS"]) == { app = "slipway" }
    error_message = "models are labelled as what makes them"
  }
}

run "labels" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    labels           = { team = "fraud", cost-centre = "4711" }
    manage_endpoints = true
  }

  assert {
    condition = alltrue([
      for labels in concat(
        [for topic in google_pubsub_topic.this : topic.labels],
        [for subscription in google_pubsub_subscription.push : subscription.labels],
        [for function in google_cloudfunctions2_function.this : function.labels],
        [for bucket in concat(values(google_storage_bucket.artifacts), google_storage_bucket.state, [google_storage_bucket.source]) : bucket.labels],
        [for repository in google_artifact_registry_repository.images : repository.labels],
        [for endpoint in google_vertex_ai_endpoint.this : endpoint.labels],
        [google_pubsub_topic.dead_letters.labels, google_pubsub_subscription.dead_letters.labels, google_artifact_registry_repository.functions.labels, google_artifact_registry_repository.cache.labels],
        [google_monitoring_alert_policy.release_failed.user_labels, google_monitoring_alert_policy.release_stuck.user_labels, google_monitoring_alert_policy.service_stopped.user_labels, google_monitoring_alert_policy.dead_letters.user_labels, google_monitoring_alert_policy.function_errors.user_labels, google_monitoring_alert_policy.endpoint_errors.user_labels],
      ) : jsonencode(labels) == jsonencode({ app = "slipway", cost-centre = "4711", team = "fraud" })
    ])
    error_message = "everything that takes labels has them"
  }

  assert {
    condition     = one(google_cloudfunctions2_function.this["on-tick"].service_config).environment_variables["SLIPWAY_LABELS"] == jsonencode({ app = "slipway", cost-centre = "4711", team = "fraud" })
    error_message = "and the functions give them to models and deployments"
  }
}

run "refuses_labels_of_the_engine" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    labels = { slipway-epoch = "1" }
  }

  expect_failures = [var.labels]
}

run "endpoints_in_a_network" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    manage_endpoints = true
    endpoint_access  = { private_service_connect_projects = ["callers"] }
  }

  assert {
    condition = alltrue([
      for endpoint in google_vertex_ai_endpoint.this :
      one(endpoint.private_service_connect_config).project_allowlist == tolist(["callers"]) && endpoint.network == null && endpoint.dedicated_endpoint_enabled == null
    ])
    error_message = "endpoints are reached from the projects that are named"
  }
}

run "endpoints_as_slipway_yaml_says" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    config           = yamldecode(file("tests/fixtures/endpoint.yaml"))
    manage_endpoints = true
    endpoint_access  = { network = "projects/1234/global/networks/n" }
  }

  assert {
    condition     = google_vertex_ai_endpoint.this["churn"].dedicated_endpoint_enabled && google_vertex_ai_endpoint.this["churn"].labels["team"] == "search"
    error_message = "what slipway.yaml says of an endpoint is made"
  }

  assert {
    condition     = one(google_vertex_ai_endpoint.this["fraud"].private_service_connect_config).project_allowlist == tolist(["my-callers"]) && google_vertex_ai_endpoint.this["fraud"].network == null
    error_message = "slipway.yaml goes before endpoint_access"
  }

  assert {
    condition     = google_vertex_ai_endpoint.this["legacy"].network == "projects/1234/global/networks/n" && length(google_vertex_ai_endpoint.this["legacy"].private_service_connect_config) == 0
    error_message = "endpoint_access is for those of which slipway.yaml says nothing"
  }

  assert {
    condition     = alltrue([for endpoint in google_vertex_ai_endpoint.this : length(endpoint.predict_request_response_logging_config) == 0])
    error_message = "what can be changed later is written by Slipway alone"
  }

  assert {
    condition     = toset(keys(google_storage_notification.artifacts)) == toset(["my-project-models/churn/", "my-project-models/fraud/", "my-project-models/legacy/", "other-models/"]) && toset(keys(google_storage_bucket.artifacts)) == toset(["my-project-models", "other-models"])
    error_message = "each bucket of a service is made, and announces its artifacts"
  }
}

run "refuses_two_ways_to_an_endpoint" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    endpoint_access = { network = "projects/1234/global/networks/n", private_service_connect_projects = ["callers"] }
  }

  expect_failures = [var.endpoint_access]
}

run "a_key" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    kms_key          = "projects/my-keys/locations/europe-west4/keyRings/ml/cryptoKeys/slipway"
    manage_endpoints = true
  }

  assert {
    condition = toset(concat(
      [for topic in google_pubsub_topic.this : topic.kms_key_name],
      [for function in google_cloudfunctions2_function.this : function.kms_key_name],
      [for function in google_cloudfunctions2_function.this : one(function.service_config).environment_variables["SLIPWAY_KMS_KEY"]],
      [for bucket in concat(values(google_storage_bucket.artifacts), google_storage_bucket.state, [google_storage_bucket.source]) : one(bucket.encryption).default_kms_key_name],
      [for repository in google_artifact_registry_repository.images : repository.kms_key_name],
      [for endpoint in google_vertex_ai_endpoint.this : one(endpoint.encryption_spec).kms_key_name],
      [google_pubsub_topic.dead_letters.kms_key_name, google_artifact_registry_repository.functions.kms_key_name, google_artifact_registry_repository.cache.kms_key_name],
    )) == toset([var.kms_key])
    error_message = "everything that takes a key has it"
  }

  assert {
    condition = toset([for grant in google_kms_crypto_key_iam_member.agents : grant.role]) == toset(["roles/cloudkms.cryptoKeyEncrypterDecrypter"]) && toset([for grant in google_kms_crypto_key_iam_member.agents : split("@", grant.member)[1]]) == toset([
      "gcp-sa-artifactregistry.iam.gserviceaccount.com", "gcf-admin-robot.iam.gserviceaccount.com", "gcp-sa-pubsub.iam.gserviceaccount.com",
      "serverless-robot-prod.iam.gserviceaccount.com", "gs-project-accounts.iam.gserviceaccount.com", "gcp-sa-aiplatform.iam.gserviceaccount.com",
    ])
    error_message = "and Google's agents may use it"
  }

  assert {
    condition     = strcontains(one(google_project_iam_member.build_source.condition).expression, "/buckets/gcf-v2-sources-123456789012-europe-west4\")")
    error_message = "the builder reads sources from the bucket with the key's suffix"
  }
}

run "refuses_a_key_of_another_region" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    kms_key = "projects/my-keys/locations/global/keyRings/ml/cryptoKeys/slipway"
  }

  expect_failures = [terraform_data.project]
}

run "a_network" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    ingress                     = "ALLOW_INTERNAL_AND_GCLB"
    worker_pool                 = "projects/my-project/locations/europe-west4/workerPools/private"
    binary_authorization_policy = "default"
    message_regions             = ["europe-west4", "europe-west1"]
    vpc                         = { network = "shared", subnetwork = "projects/host/regions/europe-west4/subnetworks/ml", tags = ["slipway"] }
  }

  assert {
    condition = alltrue([
      for function in google_cloudfunctions2_function.this :
      one(function.service_config).ingress_settings == "ALLOW_INTERNAL_AND_GCLB" &&
      one(function.service_config).direct_vpc_egress == "VPC_EGRESS_ALL_TRAFFIC" &&
      one(one(function.service_config).direct_vpc_network_interface).subnetwork == "projects/host/regions/europe-west4/subnetworks/ml" &&
      one(function.service_config).vpc_connector == null &&
      one(function.service_config).binary_authorization_policy == "default" &&
      one(function.build_config).worker_pool == var.worker_pool
    ])
    error_message = "functions are built, checked and run in the places that the variables name"
  }

  assert {
    condition = alltrue([
      for topic in concat(values(google_pubsub_topic.this), [google_pubsub_topic.dead_letters]) :
      one(topic.message_storage_policy).allowed_persistence_regions == toset(["europe-west4", "europe-west1"])
    ])
    error_message = "messages stay in their regions"
  }
}

run "a_connector" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    vpc = { connector = "projects/my-project/locations/europe-west4/connectors/ml", egress = "PRIVATE_RANGES_ONLY" }
  }

  assert {
    condition = alltrue([
      for function in google_cloudfunctions2_function.this :
      one(function.service_config).vpc_connector == var.vpc.connector &&
      one(function.service_config).vpc_connector_egress_settings == "PRIVATE_RANGES_ONLY" &&
      length(one(function.service_config).direct_vpc_network_interface) == 0
    ])
    error_message = "the functions go through the connector"
  }
}

run "refuses_two_networks" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    vpc = { subnetwork = "ml", connector = "ml" }
  }

  expect_failures = [var.vpc]
}

run "refuses_functions_on_the_internet" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    ingress = "ALLOW_ALL"
  }

  expect_failures = [var.ingress]
}

run "buckets_that_exist" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    buckets = {
      other-models      = { create = false }
      my-project-models = { location = "EU", storage_class = "NEARLINE" }
      my-project-state  = { create = false }
    }
  }

  assert {
    condition     = keys(google_storage_bucket.artifacts) == ["my-project-models"] && length(google_storage_bucket.state) == 0
    error_message = "each bucket is made or taken by itself"
  }

  assert {
    condition     = google_storage_bucket.artifacts["my-project-models"].location == "EU" && google_storage_bucket.artifacts["my-project-models"].storage_class == "NEARLINE"
    error_message = "where and how it is said"
  }

  assert {
    condition     = toset([for grant in google_storage_bucket_iam_member.ledger : grant.bucket]) == toset(["my-project-state"]) && length(google_storage_notification.artifacts) == 3
    error_message = "grants and notifications are made on those too"
  }
}

run "refuses_a_bucket_of_no_service" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    buckets = { my-project-modells = { create = false } }
  }

  expect_failures = [terraform_data.project]
}
