"""Who answers instances' questions about themselves: Nova where the settings name it, else Seapoint."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from aiohttp import web

from seapoint.api.metadata import metadata_routes
from seapoint.api.nova import nova_at
from seapoint.settings import ServerSettings, read_secret
from seapoint.store.store import Store


def metadata_of(settings: ServerSettings, store: Store) -> Sequence[web.RouteDef]:
    """The endpoint of metadata proxies; raises InputError for a secret that cannot be read."""
    nova = None
    if settings.nova_metadata_url:
        nova = nova_at(settings.nova_metadata_url, read_secret(settings.nova_secret_file, "Nova's secret").encode())

    async def user_data(instance: str) -> bytes | None:
        return await asyncio.to_thread(_read, settings, instance)

    return metadata_routes(store.snapshot, user_data, nova)


def _read(settings: ServerSettings, instance: str) -> bytes | None:
    try:
        return settings.user_data(str(UUID(instance))).read_bytes()
    except (FileNotFoundError, ValueError):  # an id that is none is nobody's file
        return None
