"""What builders need on this host, probed once for each type."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from bakehouse.errors import BakehouseError
from bakehouse.sdk import Builder


class Environments:
    """Remembers what each builder's `environment` said, good or bad. Shared by the builds of a process."""

    def __init__(self) -> None:
        self._known: dict[str, str | BakehouseError] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def probe(self, builder: Builder) -> str:
        """A line for people about where builds of this type run. Raises BakehouseError, the same one for all."""
        async with self._locks[builder.type]:
            if builder.type not in self._known:
                try:
                    self._known[builder.type] = await builder.environment(builder.config)
                except BakehouseError as error:
                    self._known[builder.type] = error
        found = self._known[builder.type]
        if isinstance(found, BakehouseError):
            raise found
        return found
