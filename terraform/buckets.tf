# Where trained models land. To adopt a bucket that exists, import it or set create_artifact_buckets = false.
resource "google_storage_bucket" "artifacts" {
  for_each = var.create_artifact_buckets ? local.artifact_buckets : []

  name                        = each.value
  location                    = local.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 30
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.required]
}

# The ledgers. Apart from the artifacts, so that writing one can never start a release.
resource "google_storage_bucket" "state" {
  name                        = local.config.state
  location                    = local.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
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

  lifecycle {
    precondition {
      condition     = !contains(local.artifact_buckets, local.config.state)
      error_message = "state: expected a bucket apart from the artifacts, got ${local.config.state}, which a service watches."
    }
  }

  depends_on = [google_project_service.required]
}

# The archives of the functions' source. The older ones are the way back, for a year; the one in use is uploaded again by
# the next apply, should it be that old.
resource "google_storage_bucket" "source" {
  name                        = "${local.project}-slipway-source"
  location                    = local.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  lifecycle_rule {
    condition {
      age = 365
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.required]
}
