"""What builder `rootfs` leaves: an image of a base and one layer more, at a path where nothing else may be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bakehouse.clients.oci import Image, Layer, source_date_epoch
from bakehouse.clients.oci_changes import apply_changes
from bakehouse.sdk import StepError
from bakehouse_builders.rootfs.places import remove_tree

_NO_NAME = re.compile(r"[^a-z0-9._-]+")


def assemble(base: Image, layer: Layer, changes: Sequence[str]) -> Image:
    """The base with a layer on top and with changes to its configuration. Made now, or at $SOURCE_DATE_EPOCH."""
    layers = (*base.layers, layer)
    epoch = source_date_epoch()
    created = datetime.now(UTC) if epoch is None else datetime.fromtimestamp(epoch, UTC)
    when = created.isoformat(timespec="seconds").replace("+00:00", "Z")
    configuration = {
        **base.configuration,
        "created": when,
        "config": apply_changes(base.runtime, changes),
        "rootfs": {"type": "layers", "diff_ids": [one.diff_id for one in layers]},
        "history": [*(base.configuration.get("history") or []), {"created": when}],
    }
    return Image(layers, configuration)


def default_tag(source: str) -> str:
    """NAME:TAG of an image that is given none, by the name of its source."""
    return (_NO_NAME.sub("-", source.lower()).strip("-._") or "image") + ":latest"


def refuse_existing(output: Path, force: bool, format: str) -> None:
    """Raises StepError if something is there that may not be replaced."""
    if not output.exists() and not output.is_symlink():
        return
    if not force:
        raise StepError(f"{output} exists already. Remove it, or build with -force to replace it.")
    if format == "oci" and not (output / "oci-layout").is_file():
        raise StepError(f"{output} exists already and is no OCI layout: -force does not replace that.")
    if format == "oci-archive" and output.is_dir():
        raise StepError(f"{output} is a directory: -force does not replace that.")


def destroy(output: Path) -> None:
    """Remove what was written."""
    if output.is_dir():
        remove_tree(output)
    else:
        output.unlink(missing_ok=True)
