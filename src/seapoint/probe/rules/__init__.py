"""What is probed: one file for each family of rules, a function from the world to probes."""
