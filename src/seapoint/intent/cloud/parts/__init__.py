"""The later parts of a cloud file, a module each: from their shape to values, and what can be wrong in them."""
