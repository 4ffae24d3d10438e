"""What engines must hold, from what people asked for: pure functions, one scope at a time."""
