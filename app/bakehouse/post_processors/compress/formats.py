"""Which archive and which compression: from the name of the output, or from `format`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

Archive = Literal["", "tar", "zip"]
Compression = Literal["", "gzip", "xz", "zstd", "bzip2", "lz4", "bgzf"]

COMPRESSIONS: dict[str, Compression] = {
    "gz": "gzip",
    "gzip": "gzip",
    "xz": "xz",
    "zst": "zstd",
    "zstd": "zstd",
    "bz2": "bzip2",
    "bzip2": "bzip2",
    "lz4": "lz4",
    "bgzf": "bgzf",
}
SHORT = {"tgz": "gz", "txz": "xz", "tzst": "zst", "tbz": "bz2", "tbz2": "bz2"}
FORMATS = ("tar", "zip", *COMPRESSIONS, "tar.gz", "tar.xz", "tar.zst", "tar.bz2", "tar.lz4")
"""For people: what `format` can be."""


@dataclass(frozen=True, slots=True)
class Form:
    """archive: "" for the one input file itself. compression: "" for none."""

    archive: Archive
    compression: Compression

    def __str__(self) -> str:
        return " with ".join(part for part in (self.archive, self.compression) if part)


FALLBACK = Form("tar", "gzip")
"""What Packer makes of a name that says nothing."""


def form_of(output: str, format: str) -> Form:
    """The form that the last two extensions ask for; `format` counts as one more. FALLBACK if they say nothing."""
    return _known(output, format) or FALLBACK


def says_nothing(format: str) -> bool:
    """Whether a `format` is none that is known."""
    return bool(format) and _known("output", format) is None


def _known(output: str, format: str) -> Form | None:
    name = PurePath(output).name + (f".{format.lstrip('.')}" if format else "")
    extensions = ["", "", *(part.lower() for part in name.split(".")[1:])]
    before, last = extensions[-2:]
    if last in SHORT:
        before, last = "tar", SHORT[last]
    if last == "tar":
        return Form("tar", "")
    if last == "zip":
        return Form("zip", "")
    if last in COMPRESSIONS:
        return Form("tar" if before == "tar" else "", COMPRESSIONS[last])
    return None
