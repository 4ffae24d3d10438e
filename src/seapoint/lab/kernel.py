"""What this machine's kernel has of what a lab would use."""

import subprocess


def has_vlan_devices() -> bool:
    """Whether the kernel makes 802.1Q VLAN devices; tried in a network namespace that ends with the trial."""
    trial = ["unshare", "--net", "ip", "link", "add", "link", "lo", "name", "trial", "type", "vlan", "id", "2"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0
