"""A whole cloud on one machine: namespaces as hosts, veth as cables, the same agents and engines as on real hosts."""
