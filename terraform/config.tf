# slipway.yaml configures the functions and this module alike; what follows derives from it.

locals {
  config   = yamldecode(file(var.config_file))
  project  = local.config.project
  region   = local.config.region
  services = local.config.services

  topics = merge(
    {
      requests  = "slipway-requests"
      ticks     = "slipway-ticks"
      events    = "slipway-events"
      artifacts = "slipway-artifacts"
    },
    try({ for name, topic in local.config.topics : name => topic if topic != null }, {})
  )

  # gs://bucket/prefix/*/model.onnx: what stands before the first * is all that a notification can filter by.
  artifacts = {
    for name, service in local.services : name => regex("^gs://(?P<bucket>[^/]+)/(?P<prefix>[^*]*)", service.artifacts)
  }

  artifact_buckets = toset([for pattern in local.artifacts : pattern.bucket])

  serving_accounts = toset(compact([
    for service in local.services : try(service.serving.serviceAccount, null)
  ]))

  # Those of another project. Addresses name their project in one of these forms; a project of a domain is
  # example.com:my-project, and my-project.example.com in an address.
  foreign_serving_accounts = toset([
    for account in local.serving_accounts : account if !anytrue([
      endswith(account, "@${join(".", reverse(split(":", local.project)))}.iam.gserviceaccount.com"),
      account == "${join(".", reverse(split(":", local.project)))}@appspot.gserviceaccount.com",
      account == "${data.google_project.this.number}-compute@developer.gserviceaccount.com",
    ])
  ])
}

data "google_project" "this" {
  project_id = local.project
}
