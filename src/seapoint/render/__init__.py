"""Data to text: what daemons read and people see. Pure."""
