"""What Docker reports, shown in a machine's output, and written to disk."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bakehouse.clients.docker import Docker
from bakehouse.sdk import Machine, StepError

CHUNK = 1 << 20


def show_pull(machine: Machine, report: Mapping[str, Any]) -> None:
    """A line of a pull, or how far its download is."""
    detail = report.get("progressDetail") or {}
    if "current" in detail:
        machine.context.progress(int(detail["current"]), detail.get("total"))
        return
    layer = f"{report['id']}: " if report.get("id") else ""
    machine.context.output("stdout", f"{layer}{report.get('status', '')}\n".encode())


async def download_export(docker: Docker, container: str, path: Path, machine: Machine) -> None:
    """Write all files of a container to `path` as a tar archive. Raises StepError."""
    done = 0
    try:
        with path.open("wb") as file:
            async with docker.request("GET", f"containers/{container}/export") as response:
                async for chunk in response.content.iter_chunked(CHUNK):
                    await asyncio.to_thread(file.write, chunk)
                    done += len(chunk)
                    machine.context.progress(done, None)
    except OSError as error:
        raise StepError(f"Cannot write {path}: {error}") from error
