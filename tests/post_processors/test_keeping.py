"""What each post-processor says of its input: kept by default, and whether the template can say otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bakehouse import registry
from bakehouse.engine.postprocess import keeps
from bakehouse.sdk import Artifact
from support.context import make_context

# Packer's own defaults: (keep, forced), and what comes of keep_input_artifact = null, true, false.
DECISIONS = {
    "artifice": ({"files": ["a.txt"]}, (True, False), (True, True, False)),
    "checksum": ({"output": "sums"}, (True, True), (True, True, True)),
    "compress": ({"output": "a.zip"}, (False, False), (False, True, False)),
    "manifest": ({}, (True, True), (True, True, True)),
    "shell-local": ({"inline": ["true"]}, (True, True), (True, True, True)),
}


@pytest.mark.parametrize("name", DECISIONS)
async def test_whether_the_input_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    options: dict[str, Any]
    options, (keep, forced), kept = DECISIONS[name]
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("a")
    component = registry.load("post_processor", name)
    artifact = Artifact("packer.file", "File", "Stored file: a.txt", (Path("a.txt"),))
    processed = await component(component.Config(**options)).post_process(artifact, make_context(tmp_path))
    assert (processed.keep, processed.forced) == (keep, forced)
    assert tuple(keeps(processed, wanted) for wanted in (None, True, False)) == kept
