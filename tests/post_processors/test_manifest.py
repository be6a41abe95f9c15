"""The manifest, entry for entry."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bakehouse.errors import StepError
from bakehouse.post_processors.manifest import Manifest
from bakehouse.sdk import Artifact
from support.context import make_context


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    path = tmp_path / "image.tar"
    path.write_bytes(b"12345")
    return Artifact("bakehouse.rootfs", "sha256:abc", "an image", (path,), {"tier": "root"})


async def write(tmp_path: Path, artifact: Artifact, *, force: bool = False, **options: Any) -> dict[str, Any]:
    output = tmp_path / "out/manifest.json"
    processed = await Manifest(Manifest.Config(output=str(output), **options)).post_process(
        artifact, make_context(tmp_path, type="rootfs", name="web", force=force)
    )
    assert (processed.artifact, processed.keep, processed.forced) == (artifact, True, True)
    manifest: dict[str, Any] = json.loads(output.read_text())
    return manifest


async def test_an_entry_has_packers_fields(tmp_path: Path, artifact: Artifact) -> None:
    manifest = await write(tmp_path, artifact, custom_data={"release": "<1>"})
    (entry,) = manifest["builds"]
    assert entry.pop("build_time") > 1_700_000_000
    assert entry == {
        "name": "web",
        "builder_type": "rootfs",
        "files": [{"name": str(artifact.files[0]), "size": 5}],
        "artifact_id": "sha256:abc",
        "packer_run_uuid": "6f1d2c3b-0000-4000-8000-000000000001",
        "custom_data": {"release": "<1>"},
        "bakehouse": {"tier": "root"},
    }
    assert manifest["last_run_uuid"] == "6f1d2c3b-0000-4000-8000-000000000001"
    assert "\\u003c1\\u003e" in (tmp_path / "out/manifest.json").read_text()


async def test_stripped_entries(tmp_path: Path, artifact: Artifact) -> None:
    (entry,) = (await write(tmp_path, artifact, strip_path=True, strip_time=True))["builds"]
    assert "build_time" not in entry
    assert entry["files"][0]["name"] == "image.tar"
    assert entry["custom_data"] is None


async def test_entries_add_up_and_force_of_another_run_begins_anew(tmp_path: Path, artifact: Artifact) -> None:
    await write(tmp_path, artifact)
    assert len((await write(tmp_path, artifact, force=True))["builds"]) == 2
    path = tmp_path / "out/manifest.json"
    path.write_text(path.read_text().replace("6f1d2c3b", "00000000"))
    assert len((await write(tmp_path, artifact, force=True))["builds"]) == 1


async def test_parallel_builds_lose_no_entry(tmp_path: Path, artifact: Artifact) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(write(tmp_path, artifact))
    assert len(json.loads((tmp_path / "out/manifest.json").read_text())["builds"]) == 20


@pytest.mark.parametrize("content", ["{", "[]", '{"builds": 1}'])
async def test_a_file_that_is_no_manifest_is_left_alone(tmp_path: Path, artifact: Artifact, content: str) -> None:
    path = tmp_path / "out/manifest.json"
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(StepError, match="is there and is no manifest"):
        await write(tmp_path, artifact)
    assert path.read_text() == content
