"""Differences, plans, and the loop that carries intent into engines and engines' reports into status."""
