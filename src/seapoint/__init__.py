"""Seapoint: the whole network of an open cloud, IPv4 and IPv6, from one description."""
