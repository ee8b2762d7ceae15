# To land an artifact or to publish a request is to ship a model: whoever is named here may do both.

resource "google_storage_bucket_iam_member" "trainers" {
  for_each = {
    for pair in setproduct(local.artifact_buckets, var.trainers) :
    "${pair[0]}/${pair[1]}" => { bucket = pair[0], member = pair[1] }
  }

  bucket = each.value.bucket
  role   = "roles/storage.objectUser"
  member = each.value.member

  depends_on = [google_storage_bucket.artifacts]
}

resource "google_pubsub_topic_iam_member" "trainers" {
  for_each = var.trainers

  topic  = google_pubsub_topic.this["requests"].id
  role   = "roles/pubsub.publisher"
  member = each.value
}
