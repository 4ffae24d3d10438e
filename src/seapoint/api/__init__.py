"""What is served over HTTP: the Networking API to tenants, and targets to hosts."""
