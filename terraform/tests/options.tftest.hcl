# Installations beside others, with roles, trainers, images and projects of their own.

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
run "a_second_installation" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    config                = yamldecode(file("tests/fixtures/second.yaml"))
    name_prefix           = "fraud-team"
    existing_repositories = ["predictors"]
    buckets               = { my-project-models = { create = false } }
  }

  assert {
    condition = toset(concat(
      [for function in google_cloudfunctions2_function.this : function.name],
      [for account in google_service_account.function : account.account_id],
    )) == toset(["fraud-team-on-artifact", "fraud-team-on-request", "fraud-team-on-tick"])
    error_message = "functions and accounts have names of their own"
  }

  assert {
    condition     = google_project_iam_custom_role.engine.role_id == "fraud_teamEngine" && google_project_iam_custom_role.ledger.role_id == "fraud_teamLedger" && google_project_iam_custom_role.pipelines.role_id == "fraud_teamPipelines"
    error_message = "roles too, without hyphens"
  }

  assert {
    condition = alltrue([
      for name in concat(
        [google_storage_bucket.source.name, google_cloud_scheduler_job.sweep.name, google_pubsub_topic.dead_letters.name, google_pubsub_subscription.dead_letters.name, google_artifact_registry_repository.functions.repository_id, google_artifact_registry_repository.cache.repository_id, google_service_account.build.account_id, google_logging_metric.outcomes.name, google_logging_metric.sweeps.name],
        [for account in google_service_account.push : account.account_id],
        [for topic in google_pubsub_topic.this : topic.name],
      ) : strcontains(name, "fraud-team")
    ])
    error_message = "nothing has the name of the first installation's"
  }

  assert {
    condition = alltrue([
      for text in concat(
        [one(google_monitoring_alert_policy.function_errors.conditions).condition_matched_log[0].filter, google_monitoring_dashboard.this.dashboard_json],
        [for condition in google_monitoring_alert_policy.release_stuck.conditions : condition.condition_threshold[0].filter],
      ) : strcontains(text, "fraud-team-on-") && !strcontains(text, "slipway-on-")
    ])
    error_message = "alerts and dashboard look at their own functions"
  }

  assert {
    condition     = length(google_artifact_registry_repository.images) == 0 && length(google_storage_bucket.artifacts) == 0 && length(google_storage_bucket.state) == 1
    error_message = "what is there already is not made again"
  }

  assert {
    condition     = google_monitoring_alert_policy.release_failed.display_name == "Slipway (fraud-team): a release failed"
    error_message = "people see whose alert it is"
  }
}

run "refuses_a_second_installation_on_the_topics_of_the_first" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    name_prefix = "fraud-team"
  }

  expect_failures = [terraform_data.project]
}

run "refuses_a_prefix_that_account_ids_have_no_room_for" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    name_prefix = "fraud-detection"
  }

  expect_failures = [var.name_prefix]
}

run "a_role_id_that_was_never_used" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    role_id_suffix = "_2"
  }

  assert {
    condition     = google_project_iam_custom_role.engine.role_id == "slipwayEngine_2"
    error_message = "the suffix ends the ids of roles"
  }
}

run "trainers_of_one_service" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    trainers         = ["group:ml@example.com"]
    service_trainers = { churn = ["serviceAccount:churn@my-project.iam.gserviceaccount.com"] }
    trainer_role     = "roles/storage.objectCreator"
  }

  assert {
    condition = { for key, grant in google_storage_bucket_iam_member.trainers : key => one(grant.condition).expression } == {
      "my-project-models/churn/serviceAccount:churn@my-project.iam.gserviceaccount.com" = "resource.name.startsWith(\"projects/_/buckets/my-project-models/objects/churn/\")"
      "my-project-models/churn/group:ml@example.com"                                    = "resource.name.startsWith(\"projects/_/buckets/my-project-models/objects/churn/\")"
      "my-project-models/fraud/group:ml@example.com"                                    = "resource.name.startsWith(\"projects/_/buckets/my-project-models/objects/fraud/\")"
      "other-models/group:ml@example.com"                                               = "resource.name.startsWith(\"projects/_/buckets/other-models/objects/\")"
    } && toset([for grant in google_storage_bucket_iam_member.trainers : grant.role]) == toset(["roles/storage.objectCreator"])
    error_message = "a trainer writes under the prefix of its service and nowhere else"
  }

  assert {
    condition     = keys(google_pubsub_topic_iam_member.trainers) == ["group:ml@example.com"]
    error_message = "who trains one service may not release the others"
  }
}

run "refuses_a_trainer_of_no_service" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    service_trainers = { chrun = ["group:ml@example.com"] }
  }

  expect_failures = [terraform_data.project]
}

run "other_projects" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  assert {
    condition     = { for key, grant in google_artifact_registry_repository_iam_member.foreign_images : key => "${grant.role} ${grant.member}" } == { "other-project/europe-west4/models" = "roles/artifactregistry.reader serviceAccount:service-123456789012@gcp-sa-aiplatform.iam.gserviceaccount.com" }
    error_message = "Vertex AI's agent may pull images of other projects"
  }

  assert {
    condition     = toset([for grant in google_storage_bucket_iam_member.vertex_agent : grant.bucket]) == toset(["my-project-models", "other-models"])
    error_message = "and read artifacts wherever their bucket is"
  }
}

run "other_projects_by_their_owners" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    grant_in_other_projects = false
  }

  assert {
    condition     = length(google_artifact_registry_repository_iam_member.foreign_images) == 0 && length(google_service_account_iam_member.serving_agent_tokens) == 0 && !contains(keys(google_service_account_iam_member.serving), "legacy@other-project.iam.gserviceaccount.com")
    error_message = "nothing is granted in projects of others"
  }
}

run "a_custom_role_for_the_agent" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    serving_agent_role = "organizations/1234/roles/servingAgent"
  }

  assert {
    condition     = toset([for grant in google_service_account_iam_member.serving_agent : grant.role]) == toset(["organizations/1234/roles/servingAgent"])
    error_message = "where a policy refuses roles named Admin, another one is granted"
  }
}

run "built_images" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    images       = { "europe-west4-docker.pkg.dev/my-project/predictors/onnx" = "europe-west4-docker.pkg.dev/my-project/predictors/onnx@sha256:0000000000000000000000000000000000000000000000000000000000000000", other = "other@sha256:0000000000000000000000000000000000000000000000000000000000000001" }
    built_images = { "europe-west4-docker.pkg.dev/my-project/predictors/onnx" = "europe-west4-docker.pkg.dev/my-project/predictors/onnx@sha256:0000000000000000000000000000000000000000000000000000000000000002" }
  }

  assert {
    condition = one(google_cloudfunctions2_function.this["on-tick"].service_config).environment_variables["SLIPWAY_IMAGES"] == jsonencode({
      "europe-west4-docker.pkg.dev/my-project/predictors/onnx" = "europe-west4-docker.pkg.dev/my-project/predictors/onnx@sha256:0000000000000000000000000000000000000000000000000000000000000002"
      other                                                    = "other@sha256:0000000000000000000000000000000000000000000000000000000000000001"
    })
    error_message = "a build replaces its own image and leaves the others alone"
  }
}

run "refuses_the_configuration_of_another_project" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    project = "staging"
  }

  expect_failures = [terraform_data.project]
}

run "idle_models" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    idle_hours = 12
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.idle[0].conditions[0].condition_prometheus_query_language[0].query, "[12h]")
    error_message = "a deployed model that nobody asks is an alert after the hours that are asked for"
  }
}
