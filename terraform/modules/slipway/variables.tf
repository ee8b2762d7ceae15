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

variable "console" {
  description = "The console for a team, on Cloud Run behind Identity-Aware Proxy: its image (console/Dockerfile), pinned by digest or in images; viewers, who may open it; hosts, further names that it has; actions, whether its pages may publish requests; ingress. Null: none."
  type = object({
    image   = string
    viewers = set(string)
    hosts   = optional(list(string), [])
    actions = optional(bool, false)
    ingress = optional(string, "INGRESS_TRAFFIC_ALL")
  })
  default = null

  validation {
    condition     = var.console == null || alltrue([for member in try(var.console.viewers, []) : can(regex("^(group|user|domain|principal|principalSet|serviceAccount):", member))])
    error_message = "console.viewers: expected group:…, user:…, domain:…, principal:…, principalSet:… or serviceAccount:…, got ${join(", ", try(var.console.viewers, []))}."
  }

  validation {
    condition     = var.console == null || alltrue([for host in try(var.console.hosts, []) : can(regex("^[a-z0-9-]+(\\.[a-z0-9-]+)+$", host))])
    error_message = "console.hosts: expected names such as console.example.com, got ${join(", ", try(var.console.hosts, []))}."
  }

  validation {
    condition     = var.console == null || contains(["INGRESS_TRAFFIC_ALL", "INGRESS_TRAFFIC_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"], try(var.console.ingress, ""))
    error_message = "console.ingress: expected INGRESS_TRAFFIC_ALL, INGRESS_TRAFFIC_INTERNAL_ONLY or INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER."
  }
}

variable "create_artifact_buckets" {
  description = "Whether the buckets that artifacts land in are made here, or exist already. buckets says it of single ones."
  type        = bool
  default     = true
  nullable    = false
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

variable "function_archive" {
  description = "Path of the archive of the functions, which `npm run build` makes."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists(var.function_archive)
    error_message = "function_archive: expected a file, got ${var.function_archive}; `npm run build` makes it."
  }
}

variable "idle_hours" {
  description = "After so many hours without a request a deployed model is an alert, up to 24. 0: it is none."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.idle_hours >= 0 && var.idle_hours <= 24 && floor(var.idle_hours) == var.idle_hours
    error_message = "idle_hours: expected a whole number from 0 to 24, got ${var.idle_hours}."
  }
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

variable "manage_endpoints" {
  description = "Whether the endpoints are made here. Otherwise Slipway makes the ones it does not find."
  type        = bool
  default     = false
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
