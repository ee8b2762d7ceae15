# What batch prediction needs, where a service of slipway.yaml has it: buckets, the notification of inputs, and who may
# read and write what. Without `batch` in slipway.yaml nothing of this is made.

locals {
  batches = { for name, service in local.services : name => service.batch if try(service.batch, null) != null }

  # gs://bucket/prefix/*.jsonl: what stands before the first * is all that a notification can filter by.
  batch_inputs = {
    for name, batch in local.batches : name => regex("^gs://(?P<bucket>[^/]+)/(?P<prefix>[^*]*)", batch.inputs)
    if try(batch.inputs, null) != null
  }

  # Read by all functions and by Vertex AI's agent, which compares and copies.
  batch_input_buckets = toset(concat(
    [for pattern in local.batch_inputs : pattern.bucket],
    [for batch in local.batches : regex("^gs://([^/]+)/", batch.schedule.input)[0] if can(regex("^gs://", batch.schedule.input))],
  ))

  # Results, and the copies of inputs that jobs read; without `staging` those are in the folder `_staging/` of the results.
  batch_folders = {
    outputs = [for batch in local.batches : batch.outputs if startswith(batch.outputs, "gs://")]
    staging = [
      for batch in local.batches :
      try(batch.staging, null) != null ? batch.staging : "${batch.outputs}_staging/"
      if try(batch.staging, null) != null || startswith(batch.outputs, "gs://")
    ]
  }
  batch_output_buckets = toset([for folder in concat(local.batch_folders.outputs, local.batch_folders.staging) : split("/", folder)[2]])

  # Those that are no bucket of artifacts as well.
  batch_buckets = setsubtract(setunion(local.batch_input_buckets, local.batch_output_buckets), local.artifact_buckets)

  batch_permissions = length(local.batches) == 0 ? [] : [
    "aiplatform.batchPredictionJobs.cancel",
    "aiplatform.batchPredictionJobs.create",
    "aiplatform.batchPredictionJobs.list",
  ]
}

# A bucket that exists is left as it is, but for grants and notifications.
resource "google_storage_bucket" "batch" {
  for_each = toset([for name in local.batch_buckets : name if local.buckets[name].create])

  project                     = local.project
  name                        = each.value
  location                    = local.buckets[each.value].location
  storage_class               = local.buckets[each.value].storage_class
  labels                      = local.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      default_kms_key_name = encryption.value
    }
  }

  # The engine removes the copies of inputs when their batch has ended; what it could not remove goes by itself.
  dynamic "lifecycle_rule" {
    for_each = anytrue([for folder in local.batch_folders.staging : split("/", folder)[2] == each.value]) ? [1] : []

    content {
      condition {
        age            = 30
        matches_prefix = sort(distinct([for folder in local.batch_folders.staging : trimprefix(folder, "gs://${each.value}/") if split("/", folder)[2] == each.value]))
      }
      action {
        type = "Delete"
      }
    }
  }

  depends_on = [google_project_service.required, time_sleep.kms_grants]
}

# Which generation has landed is asked by whoever is told of it.
resource "google_storage_bucket_iam_member" "batch_inputs" {
  for_each = {
    for pair in setproduct(setsubtract(local.batch_input_buckets, local.artifact_buckets), keys(local.functions)) :
    "${pair[0]}/${pair[1]}" => { bucket = pair[0], function = pair[1] }
  }

  bucket = each.value.bucket
  role   = "roles/storage.objectViewer"
  member = google_service_account.function[each.value.function].member

  depends_on = [google_storage_bucket.batch]
}

# Copies, ordered results and _SUCCESS.json: written, put together, written again after a crash, and removed.
resource "google_project_iam_custom_role" "batch" {
  count = length(local.batch_output_buckets) == 0 ? 0 : 1

  project     = local.project
  role_id     = "${local.role_prefix}Batch${var.role_id_suffix}"
  title       = "${local.title} batch"
  description = "Reads and writes the results of batch predictions, and the copies of their inputs"
  permissions = [
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.get",
    "storage.objects.list",
  ]
}

resource "google_storage_bucket_iam_member" "batch_outputs" {
  for_each = local.batch_output_buckets

  bucket = each.value
  role   = one(google_project_iam_custom_role.batch).id
  member = google_service_account.function["on-tick"].member

  depends_on = [google_storage_bucket.artifacts, google_storage_bucket.batch]
}

# Vertex AI's agent reads the copies, or the inputs, and writes the results. Its role in this project covers the buckets
# of this project only.
resource "google_storage_bucket_iam_member" "batch_agent" {
  for_each = local.batch_output_buckets

  bucket = each.value
  role   = one(google_project_iam_custom_role.batch).id
  member = local.vertex_agent

  depends_on = [google_storage_bucket.artifacts, google_storage_bucket.batch]
}

resource "google_logging_metric" "batches" {
  count = length(local.batches) == 0 ? 0 : 1

  project     = local.project
  name        = "${var.name_prefix}/batches"
  description = "Batches by how they ended"
  filter      = "${local.engine_logs} AND jsonPayload.message=\"batch ended\" AND jsonPayload.result:*"

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
    labels {
      key = "service"
    }
    labels {
      key = "result"
    }
  }

  label_extractors = {
    service = "EXTRACT(jsonPayload.service)"
    result  = "EXTRACT(jsonPayload.result)"
  }
}

resource "google_monitoring_alert_policy" "batch_failed" {
  count = length(local.batches) == 0 ? 0 : 1

  project               = local.project
  display_name          = "${local.title}: a batch failed"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = "A batch failed or was refused"
    condition_matched_log {
      filter = "${local.engine_logs} AND jsonPayload.message=\"batch ended\" AND severity>=ERROR"
      label_extractors = {
        service = "EXTRACT(jsonPayload.service)"
        input   = "EXTRACT(jsonPayload.input)"
        cause   = "EXTRACT(jsonPayload.cause.text)"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "300s"
    }
  }

  documentation {
    subject = "A batch of $${log.extracted_label.service} failed"
    content = "$${log.extracted_label.input}: $${log.extracted_label.cause}\n\nResults without `_SUCCESS.json` beside them are not complete. Land a mended input, or ask again: `slipway batch $${log.extracted_label.service} INPUT`."
  }
}
