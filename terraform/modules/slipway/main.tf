# slipway.yaml configures the functions and this module alike; what follows derives from it. The module has neither a
# backend nor a provider of its own, so it takes count and for_each.

locals {
  project  = var.config.project
  region   = var.config.region
  services = var.config.services

  # A service may have a region of its own: its endpoint, models and jobs are there.
  service_regions = { for name, service in local.services : name => try(service.region, local.region) }

  # Of a project of a domain, example.com:my-project: as it stands in addresses, and in names that take no colon.
  project_in_addresses = join(".", reverse(split(":", local.project)))
  project_in_names     = replace(replace(local.project, ":", "-"), ".", "-")

  # What people read: the usual installation is just Slipway.
  title = var.name_prefix == "slipway" ? "Slipway" : "Slipway (${var.name_prefix})"

  labels = merge({ app = "slipway" }, var.name_prefix == "slipway" ? {} : { installation = var.name_prefix }, var.labels)

  topics = merge(
    {
      requests  = "slipway-requests"
      ticks     = "slipway-ticks"
      events    = "slipway-events"
      artifacts = "slipway-artifacts"
    },
    try({ for name, topic in var.config.topics : name => topic if topic != null }, {})
  )

  # gs://bucket/prefix/*/model.onnx: what stands before the first * is all that a notification can filter by.
  # A service has one pattern, or a list of them.
  artifacts = flatten([
    for name, service in local.services : [
      for text in flatten([service.artifacts]) :
      merge({ service = name }, regex("^gs://(?P<bucket>[^/]+)/(?P<prefix>[^*]*)", text))
    ]
  ])

  artifact_buckets = toset([for pattern in local.artifacts : pattern.bucket])

  serving_accounts = toset(compact(concat(
    [for service in local.services : try(service.serving.serviceAccount, null)],
    [for batch in local.batches : try(batch.serviceAccount, null)],
  )))

  # Those of another project. Addresses name their project in one of these forms.
  foreign_serving_accounts = toset([
    for account in local.serving_accounts : account if !anytrue([
      endswith(account, "@${local.project_in_addresses}.iam.gserviceaccount.com"),
      account == "${local.project_in_addresses}@appspot.gserviceaccount.com",
      account == "${data.google_project.this.number}-compute@developer.gserviceaccount.com",
    ])
  ])
}

data "google_project" "this" {
  project_id = local.project
}

# Remembers which project this state is of. Another project's configuration would be planned as the replacement of
# everything that is there.
resource "terraform_data" "project" {
  input = local.project

  lifecycle {
    ignore_changes = [input]

    precondition {
      condition     = var.project == null || var.project == local.project
      error_message = "project: expected the configuration of ${coalesce(var.project, "-")}, got that of ${local.project}."
    }

    postcondition {
      condition     = self.output == local.project
      error_message = "project: this state is of ${coalesce(self.output, "-")}, the configuration of ${local.project}. Give every project a state of its own: terraform init -reconfigure -backend-config=prefix=slipway/${local.project}."
    }

    precondition {
      condition     = !contains(setunion(local.artifact_buckets, local.batch_input_buckets, local.batch_output_buckets), var.config.state)
      error_message = "state: expected a bucket apart from artifacts and batches, got ${var.config.state}, which a service has."
    }

    precondition {
      condition     = length(setsubtract(keys(var.buckets), keys(local.buckets))) == 0
      error_message = "buckets: expected buckets of slipway.yaml, got ${join(", ", setsubtract(keys(var.buckets), keys(local.buckets)))}."
    }

    precondition {
      condition     = length(setsubtract(keys(var.service_trainers), keys(local.services))) == 0
      error_message = "service_trainers: expected services of slipway.yaml, got ${join(", ", setsubtract(keys(var.service_trainers), keys(local.services)))}."
    }

    precondition {
      # Vertex AI, Functions and Artifact Registry take a key of their own region only.
      condition     = var.kms_key == null || try(split("/", var.kms_key)[3] == local.region, false)
      error_message = "kms_key: expected a key in ${local.region}, got ${coalesce(var.kms_key, "none")}."
    }

    # The functions read the names of their topics from slipway.yaml, and two installations must not share one.
    precondition {
      condition     = var.name_prefix == "slipway" || length(setsubtract(["requests", "ticks", "events", "artifacts"], keys(try({ for name, topic in var.config.topics : name => topic if topic != null }, {})))) == 0
      error_message = "name_prefix: expected topics in slipway.yaml (requests, ticks, events, artifacts) for an installation called ${var.name_prefix}, such as requests: ${var.name_prefix}-requests."
    }
  }
}
