locals {
  functions = {
    on-artifact = { entry_point = "onArtifact", topic = "artifacts", concurrency = 8, instances = 10 }
    on-request  = { entry_point = "onRequest", topic = "requests", concurrency = 8, instances = 10 }
    # A tick mostly waits for Vertex AI: releases that wait at the same time share an instance.
    on-tick = { entry_point = "onTick", topic = "ticks", concurrency = 100, instances = 2 }
  }
}

locals {
  # What a build has made goes before what was written down.
  images = merge(var.images, var.built_images)

  # An image that slipway.yaml names by its digest needs no other.
  images_without_digest = setsubtract(
    [for service in local.services : service.image if !can(regex("@sha256:[0-9a-f]{64}$", service.image))],
    keys(local.images)
  )
}

# Named by its content: a changed archive is a new object, and the functions are built again.
resource "google_storage_bucket_object" "source" {
  name   = "functions-${filesha256(var.function_archive)}.zip"
  bucket = google_storage_bucket.source.name
  source = var.function_archive

  # The one before stays: it is the way back.
  deletion_policy = "ABANDON"

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_cloudfunctions2_function" "this" {
  for_each = local.functions

  project      = local.project
  name         = "${var.name_prefix}-${each.key}"
  location     = local.region
  labels       = local.labels
  kms_key_name = var.kms_key

  build_config {
    runtime           = "nodejs24"
    entry_point       = each.value.entry_point
    service_account   = google_service_account.build.id
    docker_repository = google_artifact_registry_repository.functions.id
    worker_pool       = var.worker_pool

    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.source.name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.function[each.key].email
    ingress_settings                 = var.ingress
    timeout_seconds                  = 540
    available_cpu                    = "1"
    available_memory                 = "512Mi"
    max_instance_count               = each.value.instances
    max_instance_request_concurrency = each.value.concurrency
    all_traffic_on_latest_revision   = true
    binary_authorization_policy      = var.binary_authorization_policy
    vpc_connector                    = try(var.vpc.connector, null)
    vpc_connector_egress_settings    = try(var.vpc.connector, null) == null ? null : var.vpc.egress
    direct_vpc_egress                = try(var.vpc.subnetwork, null) == null ? null : "VPC_EGRESS_${var.vpc.egress}"

    dynamic "direct_vpc_network_interface" {
      for_each = try(var.vpc.subnetwork, null) == null ? [] : [var.vpc]

      content {
        network    = direct_vpc_network_interface.value.network
        subnetwork = direct_vpc_network_interface.value.subnetwork
        tags       = direct_vpc_network_interface.value.tags
      }
    }

    environment_variables = merge(
      {
        # Bounds what a batch takes of memory (common/node-options.ts).
        NODE_OPTIONS      = "--max-semi-space-size=2 --max-old-space-size=256"
        SLIPWAY_CONFIG    = "slipway.yaml"
        SLIPWAY_IMAGES    = jsonencode(local.images)
        SLIPWAY_INSTANCES = each.value.instances
        # For models and deployments, so that a bill can be read by them.
        SLIPWAY_LABELS = jsonencode(local.labels)
      },
      var.kms_key == null ? {} : { SLIPWAY_KMS_KEY = var.kms_key }
    )
  }

  lifecycle {
    precondition {
      condition     = length(local.images_without_digest) == 0
      error_message = "images: expected a digest for ${join(", ", local.images_without_digest)}."
    }
  }

  depends_on = [time_sleep.build_grants, time_sleep.kms_grants]
}
