output "console" {
  description = "Address of the console for a team; null: none."
  value       = module.slipway.console
}

output "dashboard" {
  description = "The dashboard in the console."
  value       = module.slipway.dashboard
}

output "endpoints" {
  description = "Display name → resource name of the endpoints that are owned here."
  value       = module.slipway.endpoints
}

output "functions" {
  description = "What each function runs as."
  value       = module.slipway.functions
}

output "next" {
  description = "What to do next, per service."
  value       = module.slipway.next
}

output "topics" {
  description = "The topics by their purpose."
  value       = module.slipway.topics
}
