"""What people asked for, as frozen values: tenants' objects and the operator's cloud. Pure."""
