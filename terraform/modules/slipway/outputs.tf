output "console" {
  description = "Address of the console for a team; null: none."
  value       = var.console == null ? null : "https://${local.console_host}/"
}

output "dashboard" {
  description = "The dashboard in the console."
  value       = "https://console.cloud.google.com/monitoring/dashboards/builder/${basename(google_monitoring_dashboard.this.id)}?project=${local.project}"
}

output "endpoints" {
  description = "Display name → resource name of the endpoints that are owned here."
  value       = { for name, endpoint in google_vertex_ai_endpoint.this : name => endpoint.id }
}

output "functions" {
  description = "What each function runs as."
  value       = { for name, account in google_service_account.function : name => account.email }
}

output "next" {
  description = "What to do next, per service."
  value = {
    for name, service in local.services : name => {
      release = "npx slipway land FOLDER --service ${name} --watch"
      again   = "npx slipway release ${name} --watch"
      watch   = "npx slipway watch ${name}"
    }
  }
}

output "topics" {
  description = "The topics by their purpose."
  value       = { for purpose, topic in google_pubsub_topic.this : purpose => topic.id }
}
