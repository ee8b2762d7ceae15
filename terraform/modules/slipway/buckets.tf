# What is said of a bucket in var.buckets, by its name; what is not said is as it was before there was that variable.
locals {
  # Where the services are that use a bucket: Vertex AI reads artifacts, and inputs, in its own region.
  bucket_regions = {
    for name in setunion(local.artifact_buckets, local.batch_buckets) : name => distinct(concat(
      [for pattern in local.artifacts : local.service_regions[pattern.service] if pattern.bucket == name],
      [for key, batch in local.batches : local.service_regions[key] if strcontains(jsonencode(batch), "gs://${name}/")],
    ))
  }

  buckets = {
    for name in setunion(local.artifact_buckets, local.batch_buckets, [var.config.state]) : name => {
      create        = coalesce(try(var.buckets[name].create, null), name == var.config.state || var.create_artifact_buckets)
      location      = coalesce(try(var.buckets[name].location, null), try(one(local.bucket_regions[name]), null), local.region)
      storage_class = coalesce(try(var.buckets[name].storage_class, null), "STANDARD")
    }
  }
}

# Where trained models land. A bucket that exists is left as it is, but for grants and notifications.
resource "google_storage_bucket" "artifacts" {
  for_each = toset([for name in local.artifact_buckets : name if local.buckets[name].create])

  project                     = local.project
  name                        = each.value
  location                    = local.buckets[each.value].location
  storage_class               = local.buckets[each.value].storage_class
  labels                      = local.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      default_kms_key_name = encryption.value
    }
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 30
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.required, time_sleep.kms_grants]
}

# The ledgers. Apart from the artifacts, so that writing one can never start a release.
resource "google_storage_bucket" "state" {
  count = local.buckets[var.config.state].create ? 1 : 0

  project                     = local.project
  name                        = var.config.state
  location                    = local.buckets[var.config.state].location
  storage_class               = local.buckets[var.config.state].storage_class
  labels                      = local.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      default_kms_key_name = encryption.value
    }
  }

  # Ledgers are written several times a minute during a release: the last hundred tell its story.
  lifecycle_rule {
    condition {
      num_newer_versions         = 100
      days_since_noncurrent_time = 7
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.required, time_sleep.kms_grants]
}

# The archives of the functions' source. The older ones are the way back, for a year; the one in use is uploaded again by
# the next apply, should it be that old.
resource "google_storage_bucket" "source" {
  project                     = local.project
  name                        = "${local.project_in_names}-${var.name_prefix}-source"
  location                    = local.region
  labels                      = local.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      default_kms_key_name = encryption.value
    }
  }

  lifecycle_rule {
    condition {
      age = 365
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.required, time_sleep.kms_grants]
}
