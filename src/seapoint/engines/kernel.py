"""What a kernel has of the links that a host may need."""

import subprocess

_TRIAL = "ip link add trial type gretap local 192.0.2.1 remote 192.0.2.2"


def has_gre() -> bool:
    """Whether the kernel makes tunnels of GRE; tried in a network namespace that ends with the trial. Needs root."""
    return subprocess.run(["unshare", "--net", *_TRIAL.split()], capture_output=True, check=False).returncode == 0
