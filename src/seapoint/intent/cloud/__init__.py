"""The operator's cloud file: its shape, its resolved values, what can be wrong in it. Pure."""
