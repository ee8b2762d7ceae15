# What must hold of every plan of the module, whatever slipway.yaml says. Run with `terraform test`; nothing is created.

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
run "deliveries" {
  command = apply

  module {
    source = "./modules/slipway"
  }

  assert {
    condition     = toset(keys(google_pubsub_subscription.push)) == toset(["on-artifact", "on-request", "on-tick"])
    error_message = "every function has a push subscription"
  }

  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.push : subscription.ack_deadline_seconds == 600])
    error_message = "a tick has ten minutes to acknowledge"
  }

  assert {
    condition     = alltrue([for subscription in google_pubsub_subscription.push : length(subscription.retry_policy) == 1])
    error_message = "deliveries are repeated, with a back-off"
  }

  assert {
    condition = alltrue([
      for subscription in google_pubsub_subscription.push :
      one(subscription.dead_letter_policy).dead_letter_topic == google_pubsub_topic.dead_letters.id &&
      one(subscription.dead_letter_policy).max_delivery_attempts >= 20
    ])
    error_message = "what cannot be delivered becomes a dead letter, after at least 20 attempts"
  }

  assert {
    condition     = toset([for member in google_pubsub_subscription_iam_member.dead_letters : member.subscription]) == toset([for subscription in google_pubsub_subscription.push : subscription.name])
    error_message = "Pub/Sub may take dead letters from every subscription"
  }

  assert {
    condition = alltrue([
      for name, subscription in google_pubsub_subscription.push :
      one(subscription.push_config).push_endpoint == google_cloudfunctions2_function.this[name].service_config[0].uri &&
      one(one(subscription.push_config).oidc_token).audience == google_cloudfunctions2_function.this[name].service_config[0].uri
    ])
    error_message = "a subscription pushes to its function, with a token for it"
  }

  assert {
    condition = alltrue([
      for subscription in concat(values(google_pubsub_subscription.push), [google_pubsub_subscription.dead_letters]) :
      one(subscription.expiration_policy).ttl == ""
    ])
    error_message = "no subscription expires"
  }

  assert {
    condition     = jsondecode(base64decode(one(google_cloud_scheduler_job.sweep.pubsub_target).data)) == { sweep = true } && one(google_cloud_scheduler_job.sweep.pubsub_target).topic_name == google_pubsub_topic.this["ticks"].id
    error_message = "the sweep is a tick for all services"
  }

  assert {
    condition     = google_pubsub_topic.this["requests"].name == "model-requests" && google_pubsub_topic.this["ticks"].name == "slipway-ticks"
    error_message = "slipway.yaml names the topics it wants, the others have their default"
  }
}

run "invokers" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  assert {
    condition = alltrue([
      for name, invoker in google_cloud_run_v2_service_iam_member.push :
      invoker.role == "roles/run.invoker" && invoker.member == google_service_account.push[name].member && invoker.name == google_cloudfunctions2_function.this[name].name
    ]) && length(google_cloud_run_v2_service_iam_member.push) == length(google_cloudfunctions2_function.this)
    error_message = "each function is invoked by its own push account and nobody else"
  }

  assert {
    condition = alltrue([
      for name, subscription in google_pubsub_subscription.push :
      one(one(subscription.push_config).oidc_token).service_account_email == google_service_account.push[name].email
    ])
    error_message = "each subscription pushes as the account that may invoke its function"
  }

  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.this : one(function.service_config).ingress_settings == "ALLOW_INTERNAL_ONLY"])
    error_message = "no function is reached from outside"
  }

  assert {
    condition     = length(setintersection([for account in google_service_account.push : account.account_id], [for account in google_service_account.function : account.account_id])) == 0
    error_message = "what pushes is not what runs"
  }
}

run "functions" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  assert {
    condition     = { for name, function in google_cloudfunctions2_function.this : name => one(function.build_config).entry_point } == { on-artifact = "onArtifact", on-request = "onRequest", on-tick = "onTick" }
    error_message = "the entry points are those of functions/index.ts"
  }

  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.this : one(function.build_config).runtime == "nodejs24" && one(function.service_config).timeout_seconds == 540])
    error_message = "Node 24, and longer than a tick's time budget"
  }

  assert {
    condition     = one(google_cloudfunctions2_function.this["on-tick"].service_config).max_instance_request_concurrency > 1
    error_message = "releases that wait share an instance"
  }

  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.this : one(function.service_config).environment_variables["SLIPWAY_INSTANCES"] == tostring(one(function.service_config).max_instance_count)])
    error_message = "instances share Vertex AI's quotas"
  }

  assert {
    condition = alltrue([
      for function in google_cloudfunctions2_function.this :
      one(function.service_config).environment_variables["SLIPWAY_CONFIG"] == "slipway.yaml" &&
      one(function.service_config).environment_variables["SLIPWAY_IMAGES"] == jsonencode(var.images)
    ])
    error_message = "the functions know the configuration and the digests"
  }

  assert {
    condition     = google_storage_bucket_object.source.name == "functions-${filesha256(var.function_archive)}.zip"
    error_message = "the archive is named by its content"
  }
}

run "rights_on_vertex_ai" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  assert {
    condition     = google_project_iam_member.engine.member == google_service_account.function["on-tick"].member && google_project_iam_member.engine.role == google_project_iam_custom_role.engine.id
    error_message = "only the engine changes Vertex AI"
  }

  assert {
    condition     = google_project_iam_custom_role.pipelines.permissions == toset(["aiplatform.pipelineJobs.get"]) && google_project_iam_member.pipelines.member == google_service_account.function["on-request"].member
    error_message = "intake may only read pipeline jobs"
  }

  assert {
    condition     = toset([for permission in google_project_iam_custom_role.engine.permissions : permission if !startswith(permission, "aiplatform.")]) == toset(["logging.logEntries.list", "monitoring.timeSeries.list"])
    error_message = "beside Vertex AI the engine reads metrics and logs, and no more"
  }

  assert {
    condition     = contains(google_project_iam_custom_role.engine.permissions, "aiplatform.endpoints.create")
    error_message = "the engine makes endpoints that it does not find"
  }

  assert {
    condition = { for email, member in google_service_account_iam_member.serving : email => member.service_account_id } == {
      "churn-serving@my-project.iam.gserviceaccount.com"   = "projects/-/serviceAccounts/churn-serving@my-project.iam.gserviceaccount.com"
      "123456789012-compute@developer.gserviceaccount.com" = "projects/-/serviceAccounts/123456789012-compute@developer.gserviceaccount.com"
      "legacy@other-project.iam.gserviceaccount.com"       = "projects/-/serviceAccounts/legacy@other-project.iam.gserviceaccount.com"
    }
    error_message = "the engine acts as the serving accounts of slipway.yaml and no others"
  }

  assert {
    condition = { for email, member in google_service_account_iam_member.serving_agent : email => member.role } == {
      "churn-serving@my-project.iam.gserviceaccount.com"   = "roles/iam.serviceAccountAdmin"
      "legacy@other-project.iam.gserviceaccount.com"       = "roles/iam.serviceAccountAdmin"
      "123456789012-compute@developer.gserviceaccount.com" = "roles/iam.serviceAccountAdmin"
    } && alltrue([for member in google_service_account_iam_member.serving_agent : member.member == "serviceAccount:service-123456789012@gcp-sa-aiplatform.iam.gserviceaccount.com"])
    error_message = "Vertex AI's agent may run containers as the serving accounts"
  }

  assert {
    condition     = keys(google_service_account_iam_member.serving_agent_tokens) == ["legacy@other-project.iam.gserviceaccount.com"]
    error_message = "and make tokens of those of another project"
  }
}

run "buckets" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  assert {
    condition = alltrue([
      for bucket in concat(values(google_storage_bucket.artifacts), google_storage_bucket.state, [google_storage_bucket.source]) :
      bucket.uniform_bucket_level_access && bucket.public_access_prevention == "enforced"
    ])
    error_message = "no bucket can be made public"
  }

  assert {
    condition     = one(one(google_storage_bucket.state).versioning).enabled && alltrue([for bucket in google_storage_bucket.artifacts : one(bucket.versioning).enabled])
    error_message = "ledgers and artifacts keep their versions"
  }

  assert {
    condition     = { for key, notification in google_storage_notification.artifacts : key => "${notification.bucket} ${notification.object_name_prefix}" } == { "my-project-models/churn/" = "my-project-models churn/", "my-project-models/fraud/" = "my-project-models fraud/", "other-models/" = "other-models " }
    error_message = "each bucket and prefix that a service watches is announced once"
  }

  assert {
    condition     = alltrue([for notification in google_storage_notification.artifacts : notification.bucket != one(google_storage_bucket.state).name])
    error_message = "the state bucket is not watched"
  }

  assert {
    condition     = toset(keys(google_artifact_registry_repository.images)) == toset(["predictors"])
    error_message = "the repositories of this project, and of no other, are made"
  }
}

run "endpoints_of_terraform" {
  command = apply

  module {
    source = "./modules/slipway"
  }

  variables {
    manage_endpoints = true
  }

  assert {
    condition     = toset([for endpoint in google_vertex_ai_endpoint.this : endpoint.display_name]) == toset(["churn", "fraud"])
    error_message = "each endpoint of slipway.yaml is made once"
  }

  assert {
    condition     = alltrue([for endpoint in google_vertex_ai_endpoint.this : can(regex("^[1-9][0-9]{8}$", endpoint.name))])
    error_message = "Vertex AI takes nine digits"
  }

  assert {
    condition     = !contains(google_project_iam_custom_role.engine.permissions, "aiplatform.endpoints.create")
    error_message = "who need not make endpoints may not"
  }
}

run "builds" {
  command = apply

  module {
    source = "./modules/slipway"
  }

  variables {
    build = {
      repository            = "projects/my-project/locations/europe-west4/connections/github/repositories/slipway"
      service_account       = "projects/my-project/serviceAccounts/apply@my-project.iam.gserviceaccount.com"
      check_service_account = "projects/my-project/serviceAccounts/check@my-project.iam.gserviceaccount.com"
      terraform_state       = "my-project-terraform"
    }
  }

  assert {
    condition     = google_cloudbuild_trigger.this["pull-request"].filename == "cloudbuild-pull-request.yaml" && google_cloudbuild_trigger.this["pull-request"].service_account == var.build.check_service_account
    error_message = "a pull request is checked by an account that may change nothing"
  }

  assert {
    condition     = one(one(google_cloudbuild_trigger.this["main"].repository_event_config).push).branch == "^main$"
    error_message = "only the main branch is applied"
  }

  assert {
    condition     = google_cloudbuild_trigger.this["main"].substitutions == tomap({ _PROJECT = "my-project", _STATE_PREFIX = "slipway/my-project", _TERRAFORM_STATE = "my-project-terraform" })
    error_message = "the build knows its project and where its state is"
  }
}

run "services_of_other_regions" {
  command = plan

  module {
    source = "./modules/slipway"
  }

  variables {
    config           = yamldecode(file("tests/fixtures/regions.yaml"))
    manage_endpoints = true
    images = {
      "europe-west4-docker.pkg.dev/my-project/predictors/onnx" = "europe-west4-docker.pkg.dev/my-project/predictors/onnx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
      "us-central1-docker.pkg.dev/my-project/predictors/onnx"  = "us-central1-docker.pkg.dev/my-project/predictors/onnx@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    }
  }

  assert {
    condition     = { for endpoint in google_vertex_ai_endpoint.this : endpoint.display_name => endpoint.location } == { churn = "europe-west4", churn-us = "us-central1" }
    error_message = "each endpoint is in the region of its service"
  }

  assert {
    condition     = { for key, repository in google_artifact_registry_repository.images : key => "${repository.location} ${repository.repository_id}" } == { "predictors" = "europe-west4 predictors", "us-central1/predictors" = "us-central1 predictors" }
    error_message = "each region has a repository of its own"
  }

  assert {
    condition     = merge({ for bucket in google_storage_bucket.artifacts : bucket.name => bucket.location }, { for bucket in google_storage_bucket.batch : bucket.name => bucket.location }) == { my-project-models = "europe-west4", my-project-models-us = "us-central1", my-project-shared = "europe-west4", my-project-batch-us = "us-central1" }
    error_message = "a bucket is where the one service is that uses it, and else where Slipway is"
  }

  assert {
    condition     = alltrue([for function in google_cloudfunctions2_function.this : function.location == "europe-west4"])
    error_message = "the functions stay where they are"
  }
}
