"""The OpenStack Networking API v2.0 over HTTP."""
