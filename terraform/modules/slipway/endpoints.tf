# Endpoints that Terraform owns. Slipway finds them by display name; traffic is its own, so none is said here.
resource "google_vertex_ai_endpoint" "this" {
  for_each = var.manage_endpoints ? toset([for service in local.services : service.endpoint]) : []

  # Vertex AI wants digits: nine of them from the name, so that it is the same endpoint at every apply.
  project      = local.project
  name         = tostring(100000000 + parseint(substr(sha256(each.value), 0, 7), 16))
  display_name = each.value
  location     = local.region
  labels       = local.labels

  network                    = var.endpoint_access.network
  dedicated_endpoint_enabled = var.endpoint_access.dedicated ? true : null

  dynamic "private_service_connect_config" {
    for_each = length(var.endpoint_access.private_service_connect_projects) == 0 ? [] : [1]

    content {
      enable_private_service_connect = true
      project_allowlist              = var.endpoint_access.private_service_connect_projects
    }
  }

  dynamic "encryption_spec" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      kms_key_name = encryption_spec.value
    }
  }

  # The engine writes its epoch into a label, and a PATCH of labels sends the whole map as it was at plan time.
  lifecycle {
    ignore_changes = [labels]
  }

  depends_on = [google_project_service.required, time_sleep.kms_grants]
}
