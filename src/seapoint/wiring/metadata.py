"""Who answers instances' questions about themselves: Nova where the settings name it, else Seapoint."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from aiohttp import web

from seapoint.api.metadata import metadata_routes
from seapoint.api.nova import nova_at
from seapoint.settings import ServerSettings, read_secret
from seapoint.store.store import Store

#: Below the server's state: a file for each instance that has user data, named by its id.
USER_DATA = "user-data"


def metadata_of(settings: ServerSettings, store: Store) -> Sequence[web.RouteDef]:
    """The endpoint of metadata proxies; raises InputError for a secret that cannot be read."""
    nova = None
    if settings.nova_metadata_url:
        nova = nova_at(settings.nova_metadata_url, read_secret(settings.nova_secret_file, "Nova's secret").encode())

    async def user_data(instance: str) -> bytes | None:
        return await asyncio.to_thread(_read, settings.state / USER_DATA, instance)

    return metadata_routes(store.snapshot, user_data, nova)


def _read(directory: Path, instance: str) -> bytes | None:
    try:
        return (directory / str(UUID(instance))).read_bytes()
    except (FileNotFoundError, ValueError):  # an id that is none is nobody's file
        return None
