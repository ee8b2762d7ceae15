# One installation of Slipway in one project: an example of the module, and all that most need. Several are the same block
# with for_each, or several blocks, each with a slipway.yaml and an archive of its own.

locals {
  config = yamldecode(file(var.config_file))
}

module "slipway" {
  source = "./modules/slipway"

  config = local.config

  alert_emails                = var.alert_emails
  binary_authorization_policy = var.binary_authorization_policy
  buckets                     = var.buckets
  build                       = var.build
  built_images                = var.built_images
  console                     = var.console
  create_artifact_buckets     = var.create_artifact_buckets
  endpoint_access             = var.endpoint_access
  endpoint_error_percent      = var.endpoint_error_percent
  existing_repositories       = var.existing_repositories
  function_archive            = var.function_archive
  grant_in_other_projects     = var.grant_in_other_projects
  idle_hours                  = var.idle_hours
  images                      = var.images
  ingress                     = var.ingress
  kms_grants                  = var.kms_grants
  kms_key                     = var.kms_key
  labels                      = var.labels
  manage_endpoints            = var.manage_endpoints
  message_regions             = var.message_regions
  name_prefix                 = var.name_prefix
  notification_channels       = var.notification_channels
  project                     = var.project
  role_id_suffix              = var.role_id_suffix
  service_trainers            = var.service_trainers
  serving_agent_role          = var.serving_agent_role
  trainer_role                = var.trainer_role
  trainers                    = var.trainers
  vpc                         = var.vpc
  worker_pool                 = var.worker_pool
}
