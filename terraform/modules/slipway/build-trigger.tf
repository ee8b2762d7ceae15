# Builds, tests and applies on a push to the main branch; checks and plans on a pull request.
resource "google_cloudbuild_trigger" "this" {
  for_each = var.build == null ? {} : {
    main         = { filename = "cloudbuild.yaml", pull_request = false }
    pull-request = { filename = "cloudbuild-pull-request.yaml", pull_request = true }
  }

  project         = local.project
  name            = "${var.name_prefix}-${each.key}"
  location        = local.region
  filename        = each.value.filename
  service_account = each.value.pull_request ? var.build.check_service_account : var.build.service_account
  substitutions = each.value.pull_request ? {} : merge(
    {
      _PROJECT         = local.project
      _TERRAFORM_STATE = var.build.terraform_state
      _STATE_PREFIX    = coalesce(var.build.state_prefix, "slipway/${local.project}")
    },
    var.build.substitutions
  )

  repository_event_config {
    repository = var.build.repository

    dynamic "push" {
      for_each = each.value.pull_request ? [] : [1]
      content {
        branch = "^${var.build.branch}$"
      }
    }

    dynamic "pull_request" {
      for_each = each.value.pull_request ? [1] : []
      content {
        branch          = "^${var.build.branch}$"
        comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
      }
    }
  }

  depends_on = [google_project_service.required]
}
