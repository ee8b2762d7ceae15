locals {
  # The repositories of this project that slipway.yaml takes images from, in the regions of its services, and those of
  # other projects. One in another region than Slipway's is called REGION/NAME here.
  image_repositories = {
    for repository in flatten([
      for service in local.services : [
        for found in regexall("^([a-z0-9-]+)-docker\\.pkg\\.dev/${replace(local.project, ":", "/")}/([^/]+)/", service.image) :
        { location = found[0], name = found[1] } if contains(concat([local.region], values(local.service_regions)), found[0])
      ]
    ]) : (repository.location == local.region ? repository.name : "${repository.location}/${repository.name}") => repository...
  }

  foreign_repositories = {
    for repository in flatten([
      for service in local.services : [
        for found in regexall("^([a-z0-9-]+)-docker\\.pkg\\.dev/((?:[^/]+\\.[^/]+/)?[^/]+)/([^/]+)/", service.image) :
        { location = found[0], project = replace(found[1], "/", ":"), name = found[2] }
      ]
    ]) : "${repository.project}/${repository.location}/${repository.name}" => repository... if repository.project != local.project
  }
}

# Vertex AI's agent pulls the images, and may read those of this project only
# (https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements).
resource "google_artifact_registry_repository_iam_member" "foreign_images" {
  for_each = var.grant_in_other_projects ? local.foreign_repositories : {}

  project    = each.value[0].project
  location   = each.value[0].location
  repository = each.value[0].name
  role       = "roles/artifactregistry.reader"
  member     = local.vertex_agent
}

# Tags may move and so may be deleted: with immutable tags Artifact Registry refuses to delete a tagged image, and the
# cleanup would never find one that it may (https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy).
# What is deployed goes by digest.
resource "google_artifact_registry_repository" "images" {
  for_each = { for key, found in local.image_repositories : key => found[0] if !contains(var.existing_repositories, key) }

  project       = local.project
  labels        = local.labels
  kms_key_name  = var.kms_key
  repository_id = each.value.name
  location      = each.value.location
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

  depends_on = [google_project_service.required, time_sleep.kms_grants]
}

resource "google_artifact_registry_repository" "functions" {
  project       = local.project
  labels        = local.labels
  kms_key_name  = var.kms_key
  repository_id = "${var.name_prefix}-functions"
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

  depends_on = [google_project_service.required, time_sleep.kms_grants]
}

# Layers of earlier builds. Their tag moves with every build, so they are kept apart.
resource "google_artifact_registry_repository" "cache" {
  project       = local.project
  labels        = local.labels
  kms_key_name  = var.kms_key
  repository_id = "${var.name_prefix}-cache"
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

  depends_on = [google_project_service.required, time_sleep.kms_grants]
}
