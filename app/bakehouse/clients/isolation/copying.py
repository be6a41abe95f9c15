"""Run `cp` so that it ends with the engine, even by SIGKILL: else it would go on filling a directory being removed."""

from __future__ import annotations

import os
import signal
import sys

from bakehouse.clients.isolation import kernel
from bakehouse.clients.isolation.mapping import map_range


def main() -> None:
    """`TIER PARENT SOURCE TARGET`: copies what lies in SOURCE, with all that the file system knows of it."""
    tier, parent, source, target = sys.argv[-4:]
    if tier == "range":
        map_range()
    kernel.die_with_parent(signal.SIGKILL)
    if os.getppid() != int(parent):  # it was gone before we asked to be told
        sys.exit(1)
    try:
        os.execvp("cp", ["cp", "-a", f"{source}/.", f"{target}/"])
    except OSError as error:
        sys.stderr.write(f"cp: {error.strerror}\n")
        sys.exit(1)
