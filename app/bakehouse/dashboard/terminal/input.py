"""Alt with any key, for programs in the shell pane: Textual tells of it with letters and digits only.

Escape and `:` typed at speed come in one piece, as alt+: does; without this, vi would never see the Escape.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver


class AltKeys(XTermParser):
    """As Textual's own, but no alt is lost."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        for key in super()._sequence_to_key_events(sequence, alt):
            lost = alt and "alt+" not in key.key and key.key != "escape"
            yield events.Key(f"alt+{key.key}", key.character) if lost else key


def keep_alt() -> None:
    """From now on; the driver has no other way to be given a parser."""
    setattr(linux_driver, "XTermParser", AltKeys)  # noqa: B010  (it is no name that the module exports)
