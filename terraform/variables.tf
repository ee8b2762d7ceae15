variable "alert_emails" {
  description = "Addresses that alerts are mailed to."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "binary_authorization_policy" {
  description = "The policy that the functions' images have to pass: default, or projects/P/platforms/cloudRun/POLICY. Null: none."
  type        = string
  default     = null
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
}

variable "built_images" {
  description = "As images, written by a build (cloudbuild.yaml); goes before images, and leaves the other entries of it alone."
  type        = map(string)
  default     = {}
  nullable    = false
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
}

variable "create_artifact_buckets" {
  description = "Whether the buckets that artifacts land in are made here, or exist already. buckets says it of single ones."
  type        = bool
  default     = true
  nullable    = false
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
}

variable "endpoint_error_percent" {
  description = "Percent of an endpoint's predictions that may fail for five minutes before it is an alert."
  type        = number
  default     = 1
  nullable    = false
}

variable "existing_repositories" {
  description = "Repositories of images, by name (REGION/NAME in another region than Slipway's), that exist already: of another installation, or made by hand."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "function_archive" {
  description = "Path of the archive of the functions, which `npm run build` makes."
  type        = string
  default     = "../dist/functions.zip"
  nullable    = false
}

variable "grant_in_other_projects" {
  description = "Whether serving accounts and image repositories of other projects are granted to Vertex AI's agent here. Otherwise preflight names what their owners have to grant."
  type        = bool
  default     = true
  nullable    = false
}

variable "idle_hours" {
  description = "After so many hours without a request a deployed model is an alert, up to 24. 0: it is none."
  type        = number
  default     = 0
  nullable    = false
}

variable "images" {
  description = "Image as written in slipway.yaml → the reference to deploy, pinned by digest."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "ingress" {
  description = "From where the functions may be reached. Pub/Sub of the same project counts as internal either way; some organisations allow only ALLOW_INTERNAL_AND_GCLB."
  type        = string
  default     = "ALLOW_INTERNAL_ONLY"
  nullable    = false
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
}

variable "labels" {
  description = "Labels of everything that takes some: of what is made here, and of the models and deployments that Slipway makes. For the bill, by team or cost centre."
  type        = map(string)
  default     = {}
  nullable    = false
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
}

variable "notification_channels" {
  description = "Ids of notification channels that exist, for the alerts."
  type        = list(string)
  default     = []
  nullable    = false
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
}

variable "service_trainers" {
  description = "Service of slipway.yaml → who may land artifacts of that one service only. They may not publish requests, which is to release any service."
  type        = map(set(string))
  default     = {}
  nullable    = false
}

variable "serving_agent_role" {
  description = "What Vertex AI's service agent is granted on each serving.serviceAccount of slipway.yaml. Google asks for roles/iam.serviceAccountAdmin; where a policy refuses that role, a custom role with iam.serviceAccounts.actAs, getAccessToken, getOpenIdToken, getIamPolicy and setIamPolicy."
  type        = string
  default     = "roles/iam.serviceAccountAdmin"
  nullable    = false
}

variable "trainer_role" {
  description = "What trainers hold under the prefix of a service. roles/storage.objectCreator suffices for new folders, and replaces nothing that is there."
  type        = string
  default     = "roles/storage.objectUser"
  nullable    = false
}

variable "trainers" {
  description = "Who may land artifacts of all services and publish requests, which is to ship models: serviceAccount:…, group:…, user:…."
  type        = set(string)
  default     = []
  nullable    = false
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
}

variable "worker_pool" {
  description = "The private pool that the functions are built in, projects/P/locations/L/workerPools/W. Null: Cloud Build's own."
  type        = string
  default     = null
}
