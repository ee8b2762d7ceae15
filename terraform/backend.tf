# The bucket is given to `terraform init -backend-config=bucket=…`: it exists before anything here does.
terraform {
  backend "gcs" {
    prefix = "slipway"
  }
}
