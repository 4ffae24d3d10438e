"""OpenStack's own client on a host or an instance, which reaches the API by the balancers' name."""

import json
import sys
from pathlib import Path
from typing import Any

from lab.standing import Standing
from seapoint.lab import host as lab_host

API = "https://openstack.codfw1dev.wikimediacloud.org:29696"
CLIENTS = "/run/clouds.yaml"


def openstack(cloud: Standing, caller: str, *words: str) -> Any:
    """What a command of it prints, from JSON."""
    here = (cloud.lab.root / "clouds.yaml").read_text()
    lab_host.write(lab_host.find(cloud.lab, caller), CLIENTS, here.replace(cloud.client.url, API))
    program = str(Path(sys.executable).parent / "openstack")
    environment = (f"OS_CLIENT_CONFIG_FILE={CLIENTS}", f"OS_CACERT={lab_host.TRUSTED}", "OS_CLOUD=seapoint-demo")
    said = cloud.run(caller, "env", *environment, program, *words, "-f", "json")
    cloud.run(caller, "rm", CLIENTS)
    return json.loads(said)
