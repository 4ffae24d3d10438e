"""The sections of a target, in the order in which they are applied: one file each, a function from context to parts."""
