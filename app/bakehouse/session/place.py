"""Where a viewer sits, so that two of one person can be told apart."""

from __future__ import annotations

import os
from collections.abc import Mapping


def of_viewer(environment: Mapping[str, str] | None = None) -> str:
    """The terminal, and the host that it is logged in from: "pts/3", "pts/3, 10.0.0.7"; "" for neither."""
    environment = os.environ if environment is None else environment
    return ", ".join(filter(None, (_terminal(), environment.get("SSH_CONNECTION", "").partition(" ")[0])))


def _terminal() -> str:
    for fd in (0, 2, 1):
        try:
            return os.ttyname(fd).removeprefix("/dev/")
        except OSError:
            continue
    return ""
