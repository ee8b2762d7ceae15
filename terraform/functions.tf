locals {
  functions = {
    on-artifact = { entry_point = "onArtifact", topic = "artifacts", concurrency = 8, instances = 10 }
    on-request  = { entry_point = "onRequest", topic = "requests", concurrency = 8, instances = 10 }
    # A tick mostly waits for Vertex AI: releases that wait at the same time share an instance.
    on-tick = { entry_point = "onTick", topic = "ticks", concurrency = 100, instances = 2 }
  }
}

locals {
  # An image that slipway.yaml names by its digest needs no other.
  images_without_digest = setsubtract(
    [for service in local.services : service.image if !can(regex("@sha256:[0-9a-f]{64}$", service.image))],
    keys(var.images)
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

  name     = "slipway-${each.key}"
  location = local.region

  build_config {
    runtime           = "nodejs24"
    entry_point       = each.value.entry_point
    service_account   = google_service_account.build.id
    docker_repository = google_artifact_registry_repository.functions.id

    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.source.name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.function[each.key].email
    ingress_settings                 = "ALLOW_INTERNAL_ONLY"
    timeout_seconds                  = 540
    available_cpu                    = "1"
    available_memory                 = "512Mi"
    max_instance_count               = each.value.instances
    max_instance_request_concurrency = each.value.concurrency
    all_traffic_on_latest_revision   = true

    environment_variables = {
      SLIPWAY_CONFIG    = "slipway.yaml"
      SLIPWAY_IMAGES    = jsonencode(var.images)
      SLIPWAY_INSTANCES = each.value.instances
    }
  }

  lifecycle {
    precondition {
      condition     = length(local.images_without_digest) == 0
      error_message = "images: expected a digest for ${join(", ", local.images_without_digest)}."
    }
  }

  depends_on = [time_sleep.build_grants]
}
