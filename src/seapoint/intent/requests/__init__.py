"""What creating, changing and deleting each resource means: pure functions on a draft, one file per noun."""
