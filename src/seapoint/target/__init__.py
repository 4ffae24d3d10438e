"""What engines hold, as data: rows, host targets, record sets. Pure."""
