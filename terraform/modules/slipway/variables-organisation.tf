# What an organisation may ask for: where things are, who may reach them, under which key and which labels.

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

variable "endpoint_access" {
  description = "How the endpoints that are made here (manage_endpoints), and of which slipway.yaml says nothing else, are reached: dedicated (a host of its own), network (VPC peering, projects/NUMBER/global/networks/N) or private_service_connect_projects (projects that may connect). None: the region's shared host. Cannot be changed later."
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

variable "existing_repositories" {
  description = "Repositories of images, by name (REGION/NAME in another region than Slipway's), that exist already: of another installation, or made by hand."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "grant_in_other_projects" {
  description = "Whether serving accounts and image repositories of other projects are granted to Vertex AI's agent here. Otherwise preflight names what their owners have to grant."
  type        = bool
  default     = true
  nullable    = false
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
  description = "Whether Google's agents are granted the use of kms_key here. Otherwise the key's owner grants it before the first apply."
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

variable "message_regions" {
  description = "The regions in which Pub/Sub may store messages. Empty: any that the organisation allows."
  type        = list(string)
  default     = []
  nullable    = false
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
