# To land an artifact is to ship a model: a trainer of one service may write under that service's prefix and nowhere
# else. To publish a request is to ship any service's model: only trainers of all services may.

locals {
  service_trainers = flatten([
    for pattern in local.artifacts : [
      for member in setunion(var.trainers, lookup(var.service_trainers, pattern.service, [])) :
      { bucket = pattern.bucket, prefix = pattern.prefix, member = member }
    ]
  ])
}

resource "google_storage_bucket_iam_member" "trainers" {
  for_each = { for grant in local.service_trainers : "${grant.bucket}/${grant.prefix}${grant.member}" => grant... }

  bucket = each.value[0].bucket
  role   = var.trainer_role
  member = each.value[0].member

  # https://cloud.google.com/iam/docs/conditions-resource-attributes
  condition {
    title      = "${var.name_prefix}-artifacts"
    expression = "resource.name.startsWith(\"projects/_/buckets/${each.value[0].bucket}/objects/${each.value[0].prefix}\")"
  }

  depends_on = [google_storage_bucket.artifacts]
}

resource "google_pubsub_topic_iam_member" "trainers" {
  for_each = var.trainers

  project = local.project
  topic   = google_pubsub_topic.this["requests"].id
  role    = "roles/pubsub.publisher"
  member  = each.value
}
