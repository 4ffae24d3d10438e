"""Live tests: generated from the cloud file and tenants' intent, run on hosts and instances with plain tools."""
