"""The endpoint of host agents: a long poll for the host's own target, and its reports.

``GET /agent/v1/target?since=DIGEST&wait=SECONDS`` answers 200 with ``{"digest", "target"}`` as soon as the host's
target is not the one of that digest, or 204 after ``wait`` seconds. ``POST /agent/v1/report`` takes a
HostReport. Who asks is the common name of its TLS certificate; asking for another host's target or reporting for
another host is answered 403.
"""

import asyncio
import json
import ssl
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from seapoint.engines.hosts import HostTargets, Published
from seapoint.engines.pki import CertificateFiles
from seapoint.target.report import HostReport

#: The longest that a question is held, in seconds: shorter than what firewalls on the way forget.
LONGEST_WAIT = 60.0

LARGEST_REPORT = 4 << 20  # octets


def agents_routes(registry: HostTargets) -> Sequence[web.RouteDef]:
    """The routes, over a registry of targets and reports."""

    async def target(request: web.Request) -> web.StreamResponse:
        host = certified_host(request)
        registry.touch(host)
        if request.query.get("host", host) != host:
            return refusal(403, f"the certificate is {host}'s: it reads no other host's target")
        try:
            wait = min(max(float(request.query.get("wait", "30")), 0.0), LONGEST_WAIT)
        except ValueError:
            return refusal(400, "wait is a number of seconds")
        published = await _next_target(registry, host, request.query.get("since", ""), wait)
        if published is None:
            return web.Response(status=204)
        return web.json_response({"digest": published.digest, "target": published.target.to_json()})

    async def report(request: web.Request) -> web.StreamResponse:
        host = certified_host(request)
        try:
            said = HostReport.from_json(json.loads(await request.read()))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return refusal(400, f"this is no report: {error!r}")
        if said.host != host:
            return refusal(403, f"the certificate is {host}'s: it reports for no other host")
        registry.take_report(said)
        return web.json_response({})

    return [web.get("/agent/v1/target", target), web.post("/agent/v1/report", report)]


def make_agents_app(registry: HostTargets, extra_routes: Sequence[web.RouteDef] = ()) -> web.Application:
    """An application of its own for these routes and those that others add, to be served with ``agents_tls``."""
    app = web.Application(client_max_size=LARGEST_REPORT)
    app.add_routes(agents_routes(registry))
    app.add_routes(extra_routes)
    return app


def agents_tls(files: CertificateFiles) -> ssl.SSLContext:
    """TLS 1.3 that talks only to those with a certificate of the same authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(files.certificate, files.key)
    context.load_verify_locations(files.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def _next_target(registry: HostTargets, host: str, since: str, wait: float) -> Published | None:
    loop, woken = asyncio.get_running_loop(), asyncio.Event()

    def ring() -> None:
        loop.call_soon_threadsafe(woken.set)

    end = registry.listen(host, ring)
    deadline = loop.time() + wait
    try:
        while True:
            published = registry.published(host)
            if published is not None and published.digest != since:
                return published
            try:
                await asyncio.wait_for(woken.wait(), deadline - loop.time())
            except TimeoutError:
                return None
            woken.clear()
    finally:
        end()


def certified_host(request: web.Request) -> str:
    """The common name of the peer's certificate, which TLS has verified."""
    transport = request.transport
    certificate: dict[str, Any] = (transport.get_extra_info("peercert") if transport is not None else None) or {}
    for name in certificate.get("subject", ()):
        for key, value in name:
            if key == "commonName":
                return str(value)
    raise web.HTTPForbidden(text=json.dumps({"error": "an agent shows its host's certificate"}))


def refusal(status: int, words: str) -> web.Response:
    """An answer that says what was wrong."""
    return web.json_response({"error": words}, status=status)
