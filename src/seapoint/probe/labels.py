"""The operators' list of functional tests, which the real deployment runs every 15 minutes: what a probe covers of it.

docs/howto/add-a-probe.md tells the list. The numbers name its entries; ``ipv6`` are those that came with IPv6.
"""

#: Number in the list -> label.
FUNCTIONAL = {number: f"functional-{number}" for number in range(1, 20)}
IPV6 = "ipv6"
