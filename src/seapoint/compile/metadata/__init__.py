"""What an instance is told about itself, made of tenants' intent: who asks, and the documents that cloud-init reads."""
