"""The health daemon of a host that owns service addresses: checks them, and announces or withdraws them.

A process of its own beside the agent, so that neither waits for the other. See docs/design/vips.md.
"""
