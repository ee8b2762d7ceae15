# Endpoints that Terraform makes. Slipway finds them by display name. What is fixed when an endpoint is made stands here,
# as slipway.yaml has it, or else endpoint_access; traffic, labels, request logging and timeout are written by Slipway
# alone, also where it has made the endpoint itself.
locals {
  endpoint_names = distinct([for service in values(local.services) : try(service.endpoint.name, service.endpoint)])

  endpoints = {
    for name in local.endpoint_names : name => [
      for key, service in local.services : {
        location  = local.service_regions[key]
        labels    = try(service.labels, {})
        dedicated = try(service.endpoint.dedicated, var.endpoint_access.dedicated)
        network   = can(service.endpoint.privateServiceConnect.projects) ? null : var.endpoint_access.network
        projects  = try(tolist(service.endpoint.privateServiceConnect.projects), var.endpoint_access.private_service_connect_projects)
      } if try(service.endpoint.name, service.endpoint) == name
    ][0]
  }
}

resource "google_vertex_ai_endpoint" "this" {
  for_each = { for name, endpoint in local.endpoints : name => endpoint if var.manage_endpoints }

  # Vertex AI wants digits: nine of them from the name, so that it is the same endpoint at every apply.
  project      = local.project
  name         = tostring(100000000 + parseint(substr(sha256(each.key), 0, 7), 16))
  display_name = each.key
  location     = each.value.location
  labels       = merge(local.labels, each.value.labels)

  network                    = each.value.network
  dedicated_endpoint_enabled = each.value.dedicated ? true : null

  dynamic "private_service_connect_config" {
    for_each = length(each.value.projects) == 0 ? [] : [1]

    content {
      enable_private_service_connect = true
      project_allowlist              = each.value.projects
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
    ignore_changes = [labels, predict_request_response_logging_config]
  }

  depends_on = [google_project_service.required, time_sleep.kms_grants]
}
