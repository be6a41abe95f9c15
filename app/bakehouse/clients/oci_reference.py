"""Names of images in registries, as docker and skopeo write them."""

from __future__ import annotations

import re
from dataclasses import dataclass

DOCKER_HUB = ("docker.io", "index.docker.io")
"""Names of one registry, which has another one still where it serves images."""

_REFERENCE = re.compile(
    r"(?P<host>[A-Za-z0-9.-]+(?::[0-9]+)?|\[[0-9a-fA-F:]+\](?::[0-9]+)?)/(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


@dataclass(frozen=True, slots=True)
class Reference:
    """HOST/NAME[:TAG][@DIGEST]."""

    host: str
    name: str
    tag: str
    digest: str

    def __str__(self) -> str:
        return f"{self.host}/{self.name}" + (f"@{self.digest}" if self.digest else f":{self.tag}")

    @property
    def target(self) -> str:
        return self.digest or self.tag


def parse(text: str) -> Reference | None:
    """A reference, whose tag is `latest` unless it says another; None if it is none."""
    match = _REFERENCE.fullmatch(text)
    if match is None or not ("." in match["host"] or ":" in match["host"] or match["host"] == "localhost"):
        return None
    name = match["name"]
    if match["host"] in DOCKER_HUB and "/" not in name:
        name = f"library/{name}"
    return Reference(match["host"], name, match["tag"] or "latest", match["digest"] or "")
