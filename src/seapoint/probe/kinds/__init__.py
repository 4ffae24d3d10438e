"""Kinds of probes, one file each: what it needs, what it sends, what counts as success."""
