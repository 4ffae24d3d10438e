"""What this machine's kernel has of what a lab would use."""

import subprocess

TRIAL = "ip link add one type veth peer name two && ip link add link one name trial type vlan id 2"


def has_vlan_devices() -> bool:
    """Whether the kernel makes 802.1Q VLAN devices; tried in a network namespace that ends with the trial.

    On a veth, because ``lo`` refuses VLANs on every kernel.
    """
    return subprocess.run(["unshare", "--net", "sh", "-c", TRIAL], capture_output=True, check=False).returncode == 0
