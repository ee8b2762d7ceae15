terraform {
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.40, < 8"
    }
    time = {
      source  = "hashicorp/time"
      version = ">= 0.12, < 1"
    }
  }
}

# No default_labels: the module labels what it makes, and leaves alone the labels of endpoints, where the engine writes.
provider "google" {
  project = local.config.project
  region  = local.config.region
}
