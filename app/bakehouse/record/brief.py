"""What a build left, in a few words: for rows that have no room for the whole description."""

from __future__ import annotations

import os
from pathlib import Path

from bakehouse.record.events import ArtifactMade
from bakehouse.record.state import BuildState

SHORT_DIGEST = len("sha256:") + 8


def result(build: BuildState) -> tuple[str, str]:
    """What it is, and its size or "": (`output/web.tar`, `1.2 MB`), (`web:1.4 sha256:9b1f04ce`, ``)."""
    if not build.artifacts:
        return "no artifact", ""
    first = build.artifacts[0]
    size = first.metadata.get("size")
    return _what(first, build.artifacts), si(size) if isinstance(size, int) else ""


def template_name(template: str, directory: str) -> str:
    """The file's name, or for a directory that was given as `.` or `..` its own. directory: where the template lies."""
    name = Path(template).name
    return name if name not in ("", "..") else Path(os.path.abspath(directory)).name or "/"


def _what(first: ArtifactMade, artifacts: list[ArtifactMade]) -> str:
    if first.files:
        return first.files[0]
    digest = first.id if first.id.startswith("sha256:") else ""
    names = _tags(artifacts)
    if digest or names:
        return " ".join([*names[-1:], digest[:SHORT_DIGEST]]).strip()
    return first.description.splitlines()[0] if first.description else first.id


def _tags(artifacts: list[ArtifactMade]) -> list[str]:
    """Names of an image, the latest last."""
    found = (artifact.metadata.get("docker_tags") for artifact in artifacts)
    return [str(name) for names in found if isinstance(names, list) for name in names]


def si(size: int) -> str:
    """A size as people read it: SI units, one decimal."""
    for power, unit in ((9, "GB"), (6, "MB"), (3, "kB")):
        if size >= 10**power:
            return f"{size / 10**power:.1f} {unit}"
    return f"{size} B"
