# The console for a team: the server of `slipway console` on Cloud Run, behind Identity-Aware Proxy. Without var.console
# nothing of this is made.
# https://cloud.google.com/run/docs/securing/identity-aware-proxy-cloud-run

locals {
  consoles = var.console == null ? {} : { this = var.console }

  console_name = "${var.name_prefix}-console"

  # Known before the service is made (https://cloud.google.com/run/docs/triggering/https-request#deterministic): the
  # console is told its own names.
  console_host = "${local.console_name}-${data.google_project.this.number}.${local.region}.run.app"

  console_images = { for key, console in local.consoles : key => try(local.images[console.image], console.image) }
}

# What the console runs as.
resource "google_service_account" "console" {
  for_each = local.consoles

  project      = local.project
  account_id   = local.console_name
  display_name = "${local.title} console"

  depends_on = [google_project_service.required]
}

resource "google_cloud_run_v2_service" "console" {
  for_each = local.consoles

  project             = local.project
  name                = local.console_name
  location            = local.region
  labels              = local.labels
  ingress             = each.value.ingress
  iap_enabled         = true
  deletion_protection = false

  dynamic "binary_authorization" {
    for_each = var.binary_authorization_policy == null ? [] : [var.binary_authorization_policy]

    content {
      use_default = binary_authorization.value == "default" ? true : null
      policy      = binary_authorization.value == "default" ? null : binary_authorization.value
    }
  }

  template {
    service_account = google_service_account.console[each.key].email
    encryption_key  = var.kms_key
    # A stream of changes lasts as long as a request may.
    timeout                          = "3600s"
    max_instance_request_concurrency = 200

    # Every instance has a reader of its own.
    scaling {
      min_instance_count = 0
      max_instance_count = 2
    }

    containers {
      image = local.console_images[each.key]
      args = concat(
        ["--port", "8080", "--iap-audience", "/projects/${data.google_project.this.number}/locations/${local.region}/services/${local.console_name}"],
        flatten([for host in concat([local.console_host], each.value.hosts) : ["--host", host]]),
        each.value.actions ? ["--actions"] : [],
      )

      ports {
        container_port = 8080
      }

      resources {
        limits            = { cpu = "1", memory = "512Mi" }
        cpu_idle          = true
        startup_cpu_boost = true
      }

      env {
        name  = "SLIPWAY_IMAGES"
        value = jsonencode(local.images)
      }
    }

    dynamic "vpc_access" {
      for_each = var.vpc == null ? [] : [var.vpc]

      content {
        connector = vpc_access.value.connector
        egress    = vpc_access.value.egress

        dynamic "network_interfaces" {
          for_each = vpc_access.value.subnetwork == null ? [] : [vpc_access.value]

          content {
            network    = network_interfaces.value.network
            subnetwork = network_interfaces.value.subnetwork
            tags       = network_interfaces.value.tags
          }
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = can(regex("@sha256:[0-9a-f]{64}$", local.console_images[each.key]))
      error_message = "console.image: expected a digest, or an image that images or built_images has, got ${each.value.image}."
    }
  }

  depends_on = [google_project_service.required, google_project_service.iap, time_sleep.kms_grants]
}

resource "google_project_service" "iap" {
  for_each = local.consoles

  project            = local.project
  service            = "iap.googleapis.com"
  disable_on_destroy = false
}

# IAP's agent alone may call the service. Google makes it when IAP is first used:
# `gcloud beta services identity create --service=iap.googleapis.com` makes it at once.
resource "google_cloud_run_v2_service_iam_member" "console" {
  for_each = local.consoles

  project  = local.project
  name     = google_cloud_run_v2_service.console[each.key].name
  location = local.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-iap.iam.gserviceaccount.com"
}

# Whom IAP lets through.
resource "google_iap_web_cloud_run_service_iam_member" "viewers" {
  for_each = toset(try(var.console.viewers, []))

  project                = local.project
  location               = local.region
  cloud_run_service_name = google_cloud_run_v2_service.console["this"].name
  role                   = "roles/iap.httpsResourceAccessor"
  member                 = each.value
}

# What the pages show is read: the ledgers, the artifacts of plan and why, endpoints and versions.
resource "google_project_iam_custom_role" "console" {
  for_each = local.consoles

  project     = local.project
  role_id     = "${local.role_prefix}Console${var.role_id_suffix}"
  title       = "${local.title} console"
  description = "Reads endpoints and model versions"
  permissions = [
    "aiplatform.endpoints.get",
    "aiplatform.endpoints.list",
    "aiplatform.models.get",
    "aiplatform.models.list",
  ]
}

resource "google_project_iam_member" "console" {
  for_each = local.consoles

  project = local.project
  role    = google_project_iam_custom_role.console[each.key].id
  member  = google_service_account.console[each.key].member
}

resource "google_storage_bucket_iam_member" "console" {
  for_each = var.console == null ? toset([]) : setunion([var.config.state], local.artifact_buckets)

  bucket = each.value
  role   = "roles/storage.objectViewer"
  member = google_service_account.console["this"].member

  depends_on = [google_storage_bucket.state, google_storage_bucket.artifacts]
}

resource "google_pubsub_topic_iam_member" "console" {
  for_each = { for key, console in local.consoles : key => console if console.actions }

  topic  = google_pubsub_topic.this["requests"].id
  role   = "roles/pubsub.publisher"
  member = google_service_account.console[each.key].member
}
