"""Tests on a cloud of which something is broken."""
