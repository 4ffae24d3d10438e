"""Questions passed on to Nova's metadata service, which knows instances' keys and user data.

Source: Neutron's metadata agent (``metadata_proxy_shared_secret``) and Nova's ``service_metadata_proxy``.
"""

import hashlib
import hmac

import aiohttp
from aiohttp import web

from seapoint.api.agents import refusal
from seapoint.api.metadata import Nova
from seapoint.intent.port import Port

LARGEST_ANSWER = 1 << 20  # octets
SECONDS = 10.0


def nova_at(url: str, secret: bytes) -> Nova:
    """Nova's service at ``url``, which believes who knows the secret."""

    async def ask(port: Port, address: str, path: str) -> web.Response:
        headers = {
            "X-Forwarded-For": port.fixed_ips[0].ip_address if port.fixed_ips else address,
            "X-Instance-ID": port.device_id,
            "X-Tenant-ID": port.project_id,
            "X-Instance-ID-Signature": hmac.new(secret, port.device_id.encode(), hashlib.sha256).hexdigest(),
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(SECONDS)) as session,
                session.get(f"{url.rstrip('/')}/{path.lstrip('/')}", headers=headers, allow_redirects=False) as said,
            ):
                body = await said.content.read(LARGEST_ANSWER + 1)
                while not said.content.at_eof() and len(body) <= LARGEST_ANSWER:
                    body += await said.content.read(LARGEST_ANSWER + 1 - len(body))
        except (TimeoutError, aiohttp.ClientError) as error:
            return refusal(503, f"Nova's metadata service does not answer: {error!r}")
        if len(body) > LARGEST_ANSWER:
            return refusal(503, f"Nova's answer is larger than {LARGEST_ANSWER} octets")
        kind = said.headers.get("Content-Type", "text/plain")
        return web.Response(status=said.status, body=body, headers={"Content-Type": kind})

    return ask
