"""A host's HTTP proxy, for shells and for apt: pure.

Sources: bash(1), /etc/profile.d; apt.conf(5), "Acquire::http::Proxy"; curl(1), "http_proxy", "no_proxy".
"""

from seapoint.render.owner import owner
from seapoint.target.host import File
from seapoint.target.proxy import Proxy

PROFILE = "/etc/profile.d/seapoint-proxy.sh"
APT = "/etc/apt/apt.conf.d/80seapoint-proxy"


def proxy_files(proxy: Proxy) -> tuple[File, ...]:
    """Nothing runs by them: programs read them when they start."""
    host = f"[{proxy.address}]" if proxy.address.version == 6 else str(proxy.address)
    url = f"http://{host}:{proxy.port}"
    near = ",".join(("localhost", *(f".{domain}" for domain in proxy.near)))
    variables = {"http_proxy": url, "https_proxy": url, "no_proxy": near}
    profile = "".join(f"export {name}={value}\n" for name, value in variables.items())
    direct = "".join(f'Acquire::{scheme}::Proxy "{url}";\n' for scheme in ("http", "https"))
    return (File(PROFILE, owner("#") + profile), File(APT, owner("//") + direct))
