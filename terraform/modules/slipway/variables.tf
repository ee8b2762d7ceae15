variable "alert_emails" {
  description = "Addresses that alerts are mailed to."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alert_emails: expected mail addresses, got ${join(", ", var.alert_emails)}."
  }
}

variable "binary_authorization_policy" {
  description = "The policy that the functions' images have to pass: default, or projects/P/platforms/cloudRun/POLICY. Null: none."
  type        = string
  default     = null

  validation {
    condition     = var.binary_authorization_policy == null || can(regex("^(default|projects/[^/]+/platforms/cloudRun/[^/]+)$", var.binary_authorization_policy))
    error_message = "binary_authorization_policy: expected default or projects/P/platforms/cloudRun/POLICY, got ${coalesce(var.binary_authorization_policy, "nothing")}."
  }
}

variable "buckets" {
  description = "Bucket of slipway.yaml → whether it is made here (otherwise it exists already), where, and its storage class."
  type = map(object({
    create        = optional(bool)
    location      = optional(string)
    storage_class = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for bucket in values(var.buckets) : contains(["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"], coalesce(bucket.storage_class, "STANDARD"))])
    error_message = "buckets: expected STANDARD, NEARLINE, COLDLINE or ARCHIVE as storage_class."
  }
}

variable "build" {
  description = "The Cloud Build triggers: the connected repository, the account that applies, the account that checks pull requests and holds no right but to write logs, the bucket of Terraform's state, and the prefix in it (default: slipway/PROJECT). Null: no triggers."
  type = object({
    repository            = string
    service_account       = string
    check_service_account = string
    terraform_state       = string
    branch                = optional(string, "main")
    state_prefix          = optional(string)
    substitutions         = optional(map(string), {})
  })
  default = null

  validation {
    condition     = var.build == null || can(regex("^projects/[^/]+/locations/[^/]+/connections/[^/]+/repositories/[^/]+$", var.build.repository))
    error_message = "build.repository: expected projects/P/locations/L/connections/C/repositories/R."
  }

  validation {
    condition = var.build == null || alltrue([
      for account in [try(var.build.service_account, ""), try(var.build.check_service_account, "")] :
      can(regex("^projects/[^/]+/serviceAccounts/[^/]+@[^/]+$", account))
    ])
    error_message = "build.service_account, build.check_service_account: expected projects/P/serviceAccounts/NAME@P.iam.gserviceaccount.com."
  }

  validation {
    condition     = var.build == null || try(var.build.service_account != var.build.check_service_account, true)
    error_message = "build.check_service_account: expected another account than build.service_account: pull requests run code nobody has read."
  }
}

variable "built_images" {
  description = "As images, written by a build (cloudbuild.yaml); goes before images, and leaves the other entries of it alone."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for reference in values(var.built_images) : can(regex("@sha256:[0-9a-f]{64}$", reference))])
    error_message = "built_images: expected references pinned by digest (…@sha256:…), got ${join(", ", values(var.built_images))}."
  }
}

variable "config" {
  description = "slipway.yaml as an object: yamldecode(file(…)). The archive has to be built with the same file."
  type        = any
  nullable    = false

  validation {
    condition     = can(var.config.project) && can(var.config.region) && can(var.config.state) && can(keys(var.config.services))
    error_message = "config: expected a decoded slipway.yaml with project, region, state and services."
  }
}

variable "create_artifact_buckets" {
  description = "Whether the buckets that artifacts land in are made here, or exist already. buckets says it of single ones."
  type        = bool
  default     = true
  nullable    = false
}

variable "endpoint_access" {
  description = "How the endpoints that are made here (manage_endpoints) are reached: dedicated (a host of its own), network (VPC peering, projects/NUMBER/global/networks/N) or private_service_connect_projects (projects that may connect). None: the region's shared host. Cannot be changed later."
  type = object({
    dedicated                        = optional(bool, false)
    network                          = optional(string)
    private_service_connect_projects = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.endpoint_access.network == null || length(var.endpoint_access.private_service_connect_projects) == 0
    error_message = "endpoint_access: expected network or private_service_connect_projects, got both."
  }

  validation {
    condition     = var.endpoint_access.network == null || can(regex("^projects/[0-9]+/global/networks/[^/]+$", var.endpoint_access.network))
    error_message = "endpoint_access.network: expected projects/NUMBER/global/networks/N, got ${coalesce(var.endpoint_access.network, "nothing")}."
  }
}

variable "endpoint_error_percent" {
  description = "Percent of an endpoint's predictions that may fail for five minutes before it is an alert."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.endpoint_error_percent > 0 && var.endpoint_error_percent <= 100
    error_message = "endpoint_error_percent: expected more than 0 and at most 100, got ${var.endpoint_error_percent}."
  }
}

variable "existing_repositories" {
  description = "Repositories of images, by name, that exist already: of another installation, or made by hand."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "function_archive" {
  description = "Path of the archive of the functions, which `npm run build` makes."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.function_archive)
    error_message = "function_archive: expected a file, got ${var.function_archive}; `npm run build` makes it."
  }
}

variable "grant_in_other_projects" {
  description = "Whether serving accounts and image repositories of other projects are granted to Vertex AI's agent here. Otherwise preflight names what their owners have to grant."
  type        = bool
  default     = true
  nullable    = false
}

variable "images" {
  description = "Image as written in slipway.yaml → the reference to deploy, pinned by digest."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for reference in values(var.images) : can(regex("@sha256:[0-9a-f]{64}$", reference))])
    error_message = "images: expected references pinned by digest (…@sha256:…), got ${join(", ", values(var.images))}."
  }
}

variable "ingress" {
  description = "From where the functions may be reached. Pub/Sub of the same project counts as internal either way; some organisations allow only ALLOW_INTERNAL_AND_GCLB."
  type        = string
  default     = "ALLOW_INTERNAL_ONLY"
  nullable    = false

  validation {
    condition     = contains(["ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_AND_GCLB"], var.ingress)
    error_message = "ingress: expected ALLOW_INTERNAL_ONLY or ALLOW_INTERNAL_AND_GCLB, got ${var.ingress}: no function is reachable from the internet."
  }
}

variable "kms_grants" {
  description = "Whether Google's agents are granted the use of kms_key here. Otherwise whoever owns the key grants it before the first apply."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_key" {
  description = "A Cloud KMS key in the region of slipway.yaml, projects/P/locations/L/keyRings/R/cryptoKeys/K, that buckets, topics, repositories, functions, endpoints and models are encrypted with. Null: Google's own keys."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null || can(regex("^projects/[a-z][a-z0-9:.-]+[a-z0-9]/locations/[a-z0-9-]{1,63}/keyRings/[A-Za-z0-9_-]{1,63}/cryptoKeys/[A-Za-z0-9_-]{1,63}$", var.kms_key))
    error_message = "kms_key: expected projects/P/locations/L/keyRings/R/cryptoKeys/K, got ${coalesce(var.kms_key, "nothing")}."
  }
}

variable "labels" {
  description = "Labels of everything that takes some: of what is made here, and of the models and deployments that Slipway makes. For the bill, by team or cost centre."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.labels) <= 30 && alltrue([for name, value in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", name)) && can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "labels: expected at most 30 names and values in lower-case letters, digits, underscores and hyphens, got ${jsonencode(var.labels)}."
  }

  validation {
    condition     = alltrue([for name in keys(var.labels) : !contains(["app", "installation"], name) && !startswith(name, "slipway-") && !startswith(name, "goog")])
    error_message = "labels: expected names other than app, installation and slipway-…, which are Slipway's own, and goog…, which are Google's."
  }
}

variable "manage_endpoints" {
  description = "Whether the endpoints are made here. Otherwise Slipway makes the ones it does not find."
  type        = bool
  default     = false
  nullable    = false
}

variable "message_regions" {
  description = "The regions in which Pub/Sub may store messages. Empty: any that the organisation allows."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "name_prefix" {
  description = "What the names of functions, accounts, roles, repositories, metrics and triggers begin with. Another installation in the same project takes another one, and topics of its own in its slipway.yaml."
  type        = string
  default     = "slipway"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,11}[a-z0-9]$", var.name_prefix))
    error_message = "name_prefix: expected 2 to 13 lower-case letters, digits and hyphens that begin with a letter, got ${var.name_prefix}: an account id has 30 characters at most."
  }
}

variable "notification_channels" {
  description = "Ids of notification channels that exist, for the alerts."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for id in var.notification_channels : can(regex("^projects/[^/]+/notificationChannels/[^/]+$", id))])
    error_message = "notification_channels: expected projects/P/notificationChannels/ID, got ${join(", ", var.notification_channels)}."
  }
}

variable "project" {
  description = "The project that is meant, if the configuration is to be checked against one: a build says where it runs. Null: the one of slipway.yaml."
  type        = string
  default     = null
}

variable "role_id_suffix" {
  description = "Ends the ids of the custom roles. The id of a role that was deleted 7 to 37 days ago cannot be used: set _2 then."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.]{0,20}$", var.role_id_suffix))
    error_message = "role_id_suffix: expected at most 20 letters, digits, underscores and periods, got ${var.role_id_suffix}."
  }
}

variable "service_trainers" {
  description = "Service of slipway.yaml → who may land artifacts of that one service only. They may not publish requests, which is to release any service."
  type        = map(set(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for member in flatten([for members in values(var.service_trainers) : tolist(members)]) : can(regex("^(serviceAccount|group|user|principal|principalSet):", member))])
    error_message = "service_trainers: expected serviceAccount:…, group:…, user:…, principal:… or principalSet:…, got ${jsonencode(var.service_trainers)}."
  }
}

variable "serving_agent_role" {
  description = "What Vertex AI's service agent is granted on each serving.serviceAccount of slipway.yaml. Google asks for roles/iam.serviceAccountAdmin; where a policy refuses that role, a custom role with iam.serviceAccounts.actAs, getAccessToken, getOpenIdToken, getIamPolicy and setIamPolicy."
  type        = string
  default     = "roles/iam.serviceAccountAdmin"
  nullable    = false

  validation {
    condition     = can(regex("^(roles/|(projects|organizations)/[^/]+/roles/)[A-Za-z0-9_.]+$", var.serving_agent_role))
    error_message = "serving_agent_role: expected roles/NAME, projects/P/roles/NAME or organizations/O/roles/NAME, got ${var.serving_agent_role}."
  }
}

variable "trainer_role" {
  description = "What trainers hold under the prefix of a service. roles/storage.objectCreator suffices for new folders, and replaces nothing that is there."
  type        = string
  default     = "roles/storage.objectUser"
  nullable    = false

  validation {
    condition     = can(regex("^(roles/|(projects|organizations)/[^/]+/roles/)[A-Za-z0-9_.]+$", var.trainer_role))
    error_message = "trainer_role: expected roles/NAME, projects/P/roles/NAME or organizations/O/roles/NAME, got ${var.trainer_role}."
  }
}

variable "trainers" {
  description = "Who may land artifacts of all services and publish requests, which is to ship models: serviceAccount:…, group:…, user:…."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.trainers : can(regex("^(serviceAccount|group|user|principal|principalSet):", member))])
    error_message = "trainers: expected serviceAccount:…, group:…, user:…, principal:… or principalSet:…, got ${join(", ", var.trainers)}."
  }
}

variable "vpc" {
  description = "The network that the functions reach Google through: network and subnetwork (direct VPC egress), or connector (Serverless VPC Access, projects/P/locations/L/connectors/C). egress: ALL_TRAFFIC or PRIVATE_RANGES_ONLY. Null: none."
  type = object({
    network    = optional(string)
    subnetwork = optional(string)
    tags       = optional(list(string), [])
    connector  = optional(string)
    egress     = optional(string, "ALL_TRAFFIC")
  })
  default = null

  validation {
    condition     = var.vpc == null || (try(var.vpc.connector, null) != null) != (try(var.vpc.subnetwork, null) != null)
    error_message = "vpc: expected either subnetwork (and network) or connector."
  }

  validation {
    condition     = var.vpc == null || try(var.vpc.network, null) == null || try(var.vpc.subnetwork, null) != null
    error_message = "vpc: expected a subnetwork beside network."
  }

  validation {
    condition     = var.vpc == null || contains(["ALL_TRAFFIC", "PRIVATE_RANGES_ONLY"], try(var.vpc.egress, ""))
    error_message = "vpc.egress: expected ALL_TRAFFIC or PRIVATE_RANGES_ONLY."
  }
}

variable "worker_pool" {
  description = "The private pool that the functions are built in, projects/P/locations/L/workerPools/W. Null: Cloud Build's own."
  type        = string
  default     = null

  validation {
    condition     = var.worker_pool == null || can(regex("^projects/[^/]+/locations/[^/]+/workerPools/[^/]+$", var.worker_pool))
    error_message = "worker_pool: expected projects/P/locations/L/workerPools/W, got ${coalesce(var.worker_pool, "nothing")}."
  }
}
