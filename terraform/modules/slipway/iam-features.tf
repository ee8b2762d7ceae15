# What the serving account of a service may read of the store in slipway.yaml: that file, database, instance or secret,
# and no other. Without `features` nothing of this is made; without `serving.serviceAccount` there is nobody to grant it
# to, and the preflight says so. A Feast server is granted where it runs.

locals {
  feature_stores = {
    for name, service in local.services : name => service.features.store
    if try(service.features, null) != null && try(service.serving.serviceAccount, null) != null
  }

  feature_files = {
    for name, store in local.feature_stores : name => regex("^gs://(?P<bucket>[^/]+)/(?P<object>.+)", store.uri) if store.kind == "sqlite"
  }

  # PROJECT:REGION:INSTANCE, where the project may be one of a domain, example.com:my-project.
  cloud_sql = {
    for name, store in local.feature_stores : name => regex("^(?P<project>.+):[^:]+:(?P<instance>[^:]+)$", store.instance)
    if store.kind == "postgres" && try(store.instance, null) != null
  }

  feature_grants = merge(
    {
      for name, store in local.feature_stores : "${name}/firestore" => {
        project    = coalesce(try(store.project, null), local.project)
        role       = "roles/datastore.viewer"
        expression = "resource.name == \"projects/${coalesce(try(store.project, null), local.project)}/databases/${coalesce(try(store.database, null), "(default)")}\""
      } if store.kind == "firestore"
    },
    # Both by the instance alone: https://cloud.google.com/sql/docs/postgres/iam-conditions
    merge([
      for name, sql in local.cloud_sql : {
        for role in ["roles/cloudsql.client", "roles/cloudsql.instanceUser"] : "${name}/${role}" => {
          project    = sql.project
          role       = role
          expression = "resource.name == \"projects/${sql.project}/instances/${sql.instance}\" && resource.service == \"sqladmin.googleapis.com\""
        }
      }
    ]...),
    {
      for name, store in local.feature_stores : "${name}/secret" => {
        project    = split("/", store.passwordSecret)[1]
        role       = "roles/secretmanager.secretAccessor"
        expression = "resource.name.extract(\"/secrets/{name}/versions/\") == \"${split("/", store.passwordSecret)[3]}\""
      } if try(store.passwordSecret, null) != null
    },
    {
      for name, store in local.feature_stores : "${name}/vertex" => {
        project    = coalesce(try(store.project, null), local.project)
        role       = try(google_project_iam_custom_role.features[0].id, "")
        expression = ""
      } if store.kind == "vertex"
    },
  )
}

resource "google_project_iam_member" "features" {
  for_each = local.feature_grants

  project = each.value.project
  role    = each.value.role
  member  = "serviceAccount:${local.services[split("/", each.key)[0]].serving.serviceAccount}"

  dynamic "condition" {
    for_each = each.value.expression == "" ? [] : [each.value.expression]

    content {
      title      = "features of ${split("/", each.key)[0]}"
      expression = condition.value
    }
  }
}

# A condition needs uniform bucket-level access, which a bucket of the features has to have.
resource "google_storage_bucket_iam_member" "features" {
  for_each = local.feature_files

  bucket = each.value.bucket
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${local.services[each.key].serving.serviceAccount}"

  condition {
    title      = "features of ${each.key}"
    expression = "resource.name == \"projects/_/buckets/${each.value.bucket}/objects/${each.value.object}\""
  }

  depends_on = [google_storage_bucket.artifacts]
}

# Vertex AI reads what describes a model of a service with an interface: those objects of the state bucket, and not the
# ledgers beside them. Its role in this project covers the buckets of this project only.
resource "google_storage_bucket_iam_member" "schemata" {
  count = anytrue([for service in local.services : try(service.interface, null) != null]) ? 1 : 0

  bucket = var.config.state
  role   = "roles/storage.objectViewer"
  member = local.vertex_agent

  condition {
    title      = "schemata of models"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.config.state}/objects/schemata/\")"
  }

  depends_on = [google_storage_bucket.state]
}

resource "google_project_iam_custom_role" "features" {
  count = anytrue([for store in local.feature_stores : store.kind == "vertex"]) ? 1 : 0

  project     = local.project
  role_id     = "${local.role_prefix}Features${var.role_id_suffix}"
  title       = "${local.title} features"
  description = "Reads feature views of Vertex AI Feature Store"
  permissions = [
    "aiplatform.featureOnlineStores.get",
    "aiplatform.featureViews.fetchFeatureValues",
    "aiplatform.featureViews.get",
  ]
}

# Predictions by key: the model server reads the results of batches where they lie. The condition needs uniform
# bucket-level access.
resource "google_storage_bucket_iam_member" "stored" {
  for_each = {
    for name, batch in local.batches : name => regex("^gs://(?P<bucket>[^/]+)/(?P<prefix>.*)", batch.outputs)
    if try(batch.publish, null) != null && try(local.services[name].serving.serviceAccount, null) != null && startswith(batch.outputs, "gs://")
  }

  bucket = each.value.bucket
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${local.services[each.key].serving.serviceAccount}"

  condition {
    title      = "predictions of ${each.key}"
    expression = "resource.name.startsWith(\"projects/_/buckets/${each.value.bucket}/objects/${each.value.prefix}\")"
  }

  depends_on = [google_storage_bucket.artifacts, google_storage_bucket.batch]
}
