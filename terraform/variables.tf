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
  description = "The Cloud Build triggers: the connected repository, the account that applies, the account that checks pull requests and holds no right but to write logs, and the bucket of Terraform's state. Null: no triggers."
  type = object({
    repository            = string
    service_account       = string
    check_service_account = string
    terraform_state       = string
    branch                = optional(string, "main")
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

variable "config_file" {
  description = "Path of slipway.yaml."
  type        = string
  default     = "../slipway.yaml"
  nullable    = false

  validation {
    condition     = can(yamldecode(file(var.config_file)).services)
    error_message = "config_file: expected a slipway.yaml with services, got ${var.config_file}."
  }
}

variable "create_artifact_buckets" {
  description = "Whether the buckets that artifacts land in are made here, or exist already."
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
  default     = "../dist/functions.zip"
  nullable    = false

  validation {
    condition     = fileexists(var.function_archive)
    error_message = "function_archive: expected a file, got ${var.function_archive}; `npm run build` makes it."
  }
}

variable "images" {
  description = "Image as written in slipway.yaml → the reference to deploy, pinned by digest."
  type        = map(string)
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

variable "trainers" {
  description = "Who may land artifacts and publish requests, which is to ship models: serviceAccount:…, group:…, user:…."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for member in var.trainers : can(regex("^(serviceAccount|group|user|principal|principalSet):", member))])
    error_message = "trainers: expected serviceAccount:…, group:…, user:…, principal:… or principalSet:…, got ${join(", ", var.trainers)}."
  }
}
