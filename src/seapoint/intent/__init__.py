"""What people asked for, as frozen values: tenants' resources, the cloud's rules, and their snapshot. Pure."""
