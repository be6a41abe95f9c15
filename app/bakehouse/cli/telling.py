"""How a verb says what is wrong: in words on a terminal or in a pipe, as records, or as JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

from bakehouse.errors import Diagnostic
from bakehouse.excerpt import harmless


def diagnostics(found: Iterable[Diagnostic], arguments: Sequence[str] = ()) -> None:
    """Print what is wrong with a template: to standard output, where Packer prints it and scripts read it.

    arguments: of the command line, for `-color`. One record each under `-machine-readable`.
    """
    from bakehouse.headless.machine_readable import ERROR, SAY, screen

    records = screen()
    colour = _colour(arguments)
    try:
        for diagnostic in found:
            if records is not None:
                records.ui(ERROR if diagnostic.severity == "error" else SAY, diagnostic.render() + "\n")
            else:
                print(f"{diagnostic.render(colour=colour)}\n", flush=True)
    except OSError:
        silence_stdout()


def report(text: str) -> None:
    """Print what is wrong or worth knowing to standard output, where Packer prints it; a record `ui,error`."""
    from bakehouse.headless.machine_readable import ERROR, screen

    records, text = screen(), harmless(text)
    try:
        if records is not None:
            records.ui(ERROR, text)
        else:
            print(text, flush=True)
    except OSError:
        silence_stdout()


def wrong(text: str) -> None:
    """Print why a verb ends: to standard error, or as a record."""
    from bakehouse.headless.machine_readable import screen

    if screen() is None:
        complain(text)
    else:
        report(text)


def complain(text: str) -> None:
    """Print to standard error, whatever state that is in."""
    with suppress(OSError, ValueError):
        print(harmless(text), file=sys.stderr, flush=True)


def silence_stdout() -> None:
    """The reader of our output is gone; keep the interpreter's last flush from complaining about it."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def _colour(arguments: Sequence[str]) -> bool:
    from bakehouse.headless.paint import wants_colour

    asked = [word.lstrip("-") for word in arguments if word.startswith("-")]
    off = any(word.startswith("color=") and word[6:7].lower() in ("0", "f") for word in asked)
    return not off and wants_colour()
