"""The commands of an inline script by their place in the template's list: nobody sees the file that they become."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Literal

from bakehouse.clients.scripts import inline_start
from bakehouse.sdk.script import ScriptWatch, StopAnswer


class InlineWatch(ScriptWatch):
    """Passes everything on with the number of the command (1 is the first) where there would be a line.

    commands: as they are written, each one line or more. first: the line of the script where they begin.
    """

    def __init__(self, watch: ScriptWatch, commands: Sequence[str], first: int) -> None:
        self._watch = watch
        self._starts = list(accumulate((text.count("\n") + 1 for text in commands[:-1]), initial=first))

    @classmethod
    def of(cls, watch: ScriptWatch | None, commands: Sequence[str], shebang: str | None) -> InlineWatch | None:
        """Of the script that `scripts.inline_script` makes of the same; None for no watch."""
        return cls(watch, commands, inline_start(commands, shebang)) if watch is not None else None

    def traced(self, reason: str = "") -> None:
        self._watch.traced(reason)

    def untraced(self, reason: str) -> None:
        self._watch.untraced(reason)

    def began(self, line: int, text: str, *, label: str = "") -> int:
        return self._watch.began(self._number(line), text, label=label)

    def ended(self, command: int, exit_status: int | None, seconds: float) -> None:
        self._watch.ended(command, exit_status, seconds)

    def swallowed(self, line: int, text: str, exit_status: int, how: Literal["ignored", "pipe", "note"]) -> None:
        self._watch.swallowed(self._number(line), text, exit_status, how)

    def stops(self) -> frozenset[int] | None:
        numbers = self._watch.stops()
        if numbers is None:
            return None
        return frozenset(self._starts[number - 1] for number in numbers if 0 < number <= len(self._starts))

    def on_stops(self, callback: Callable[[], None]) -> None:
        self._watch.on_stops(callback)

    async def stop(
        self, line: int, text: str, meant: frozenset[int] = frozenset(), *, skips: bool = True
    ) -> StopAnswer:
        return await self._watch.stop(self._number(line), text, frozenset(map(self._number, meant)), skips=skips)

    def called(self, line: int) -> str:
        return self._watch.called(self._number(line))

    def _number(self, line: int) -> int:
        return max(1, bisect_right(self._starts, line))
