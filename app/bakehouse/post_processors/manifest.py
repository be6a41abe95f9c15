"""Post-processor `manifest`: a JSON file that lists every artifact, over many runs."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bakehouse.sdk import Artifact, Context, PostProcessor, Processed, StepError, option


class Manifest(PostProcessor, type="manifest"):
    """Packer's manifest post-processor, entry for entry; what the artifact tells beyond that is under "bakehouse"."""

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Packer's options. strip_path: base names only. strip_time: no build_time."""

        output: str = "packer-manifest.json"
        strip_path: bool = False
        strip_time: bool = False
        custom_data: dict[str, str] = option(factory=dict)

    config: Config

    async def post_process(self, artifact: Artifact, context: Context) -> Processed:
        entry = self._entry(artifact, context)
        try:
            await asyncio.to_thread(self._append, entry, context)
        except OSError as error:
            raise StepError(f"Cannot write {self.config.output}: {error.strerror}") from error
        return Processed(artifact, keep=True, forced=True)

    def _entry(self, artifact: Artifact, context: Context) -> dict[str, Any]:
        files = [
            {"name": path.name if self.config.strip_path else str(path), "size": path.stat().st_size}
            for path in artifact.files
            if path.exists()
        ]
        entry: dict[str, Any] = {
            "name": context.build.source_name,
            "builder_type": context.build.builder_type,
            "build_time": int(time.time()),
            "files": files or None,
            "artifact_id": artifact.id,
            "packer_run_uuid": context.build.run_uuid,
            "custom_data": self.config.custom_data or None,
        }
        if self.config.strip_time:
            del entry["build_time"]
        if artifact.metadata:
            entry["bakehouse"] = dict(artifact.metadata)
        return entry

    def _append(self, entry: dict[str, Any], context: Context) -> None:
        """Read, add and replace under a lock, so that parallel builds and other runs lose nothing.

        The lock is on the directory: a lock file of its own could not be removed without a race.
        """
        output = Path(self.config.output)
        output.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(output.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            manifest = _read(output)
            if context.build.force and manifest["last_run_uuid"] != context.build.run_uuid:
                manifest["builds"] = []
            manifest["builds"].append(entry)
            manifest["last_run_uuid"] = context.build.run_uuid
            partial = output.with_name(f".{output.name}.{os.getpid()}")
            partial.write_text(_dump(manifest), encoding="utf-8")
            partial.chmod(0o664)
            os.replace(partial, output)
        finally:
            os.close(lock)


def _read(output: Path) -> dict[str, Any]:
    if not output.exists() or not output.stat().st_size:
        return {"builds": [], "last_run_uuid": ""}
    try:
        manifest = json.loads(output.read_text(encoding="utf-8"))
    except ValueError as error:
        raise StepError(f"{output} is there and is no manifest: {error}") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("builds"), list):
        raise StepError(f'{output} is there and is no manifest: it has no list "builds".')
    return {"builds": manifest["builds"], "last_run_uuid": manifest.get("last_run_uuid", "")}


def _dump(manifest: dict[str, Any]) -> str:
    """Indented by two and HTML-safe, as Go's encoder writes it."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
