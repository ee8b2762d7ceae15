# Bucket and prefix are given to `terraform init -backend-config=bucket=… -backend-config=prefix=slipway/PROJECT`: the
# bucket exists before anything here does, and every project has a state of its own in it.
terraform {
  backend "gcs" {}
}
