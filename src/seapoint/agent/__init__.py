"""The host agent: takes its host's finished target, applies it, keeps it applied, and reports.

It imports the standard library, pyroute2 and the floors below; nothing that makes it slow to start.
"""
