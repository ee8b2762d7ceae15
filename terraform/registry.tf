locals {
  # The repositories of this project and region that slipway.yaml takes images from.
  image_repositories = toset(flatten([
    for service in local.services :
    regexall("^${local.region}-docker\\.pkg\\.dev/${local.project}/([^/]+)/", service.image)
  ]))
}

# Tags may move and so may be deleted: with immutable tags Artifact Registry refuses to delete a tagged image, and the
# cleanup would never find one that it may (https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy).
# What is deployed goes by digest.
resource "google_artifact_registry_repository" "images" {
  for_each = local.image_repositories

  repository_id = each.value
  location      = local.region
  format        = "DOCKER"
  description   = "Images that serve models"

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 20
    }
  }

  # A deployed model does not need its image any more: Vertex AI has its own copy since the upload.
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "7776000s"
    }
  }

  depends_on = [google_project_service.required]
}

resource "google_artifact_registry_repository" "functions" {
  repository_id = "slipway-functions"
  location      = local.region
  format        = "DOCKER"
  description   = "Images that Cloud Functions builds"

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.required]
}

# Layers of earlier builds. Their tag moves with every build, so they are kept apart.
resource "google_artifact_registry_repository" "cache" {
  repository_id = "slipway-cache"
  location      = local.region
  format        = "DOCKER"
  description   = "Layers that builds of images start from"

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.required]
}
