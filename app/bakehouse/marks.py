"""Whether marks, lines and bars can be shown as they are, or in ASCII; asked by plain output and by the dashboard."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress

ASCII = "BAKEHOUSE_ASCII"
UTF8 = ("utf8", "utf-8")
COERCED = ("C.UTF-8", "C.utf8", "UTF-8")


def utf8(environment: Mapping[str, str] | None = None) -> bool:
    """Whether the terminal takes UTF-8: BAKEHOUSE_ASCII=1 or 0 says so; else the locale does.

    The locale is the first of LC_ALL, LC_CTYPE and LANG that is set and not empty (POSIX.1-2017, 8.2); without any it
    is "C". Python itself is no help: in that one it uses UTF-8 all the same (PEP 540).
    environment: default the one that this process was started with.
    """
    if environment is None:
        environment = _given()
    wanted = environment.get(ASCII, "")
    if wanted:
        return wanted == "0"
    names = (environment.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    locale = next(filter(None, names), "C")
    return locale.partition("@")[0].rpartition(".")[2].lower() in UTF8


def _given() -> Mapping[str, str]:
    """Where LC_CTYPE is not the person's but Python's own, put there as it started (PEP 538), it counts for nothing."""
    if os.environ.get("LC_CTYPE") not in COERCED:
        return os.environ
    with suppress(OSError), open("/proc/self/environ", "rb") as file:
        if not any(entry.startswith(b"LC_CTYPE=") for entry in file.read().split(b"\0")):
            return {name: value for name, value in os.environ.items() if name != "LC_CTYPE"}
    return os.environ
