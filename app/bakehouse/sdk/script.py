"""What the engine wants to know of a script while it runs, command by command."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Literal

StopAnswer = Literal["continue", "next", "skip"]


class ScriptWatch(ABC):
    """One running script, as `Context.watch` gives it to a provisioner that can follow its commands.

    Lines count from 1. Of an inline script they are the numbers of its commands, as the template lists them.
    """

    @abstractmethod
    def traced(self, reason: str = "") -> None:
        """It is followed; reason: what cannot be known of it, "" for nothing worth a word."""

    @abstractmethod
    def untraced(self, reason: str) -> None:
        """It is not followed, or no further than said; reason: a sentence for people."""

    @abstractmethod
    def began(self, line: int, text: str, *, label: str = "") -> int:
        """A command begins. text: unexpanded. label: "in trap" and the like. Returns a number for `ended`."""

    @abstractmethod
    def ended(self, command: int, exit_status: int | None, seconds: float) -> None:
        """It has ended. exit_status: None where the shell cannot tell. seconds: by the machine's clock."""

    @abstractmethod
    def swallowed(self, line: int, text: str, exit_status: int, how: Literal["ignored", "pipe", "note"]) -> None:
        """A command that failed was passed over; told once the script has succeeded."""

    @abstractmethod
    def stops(self) -> frozenset[int] | None:
        """The lines before which the script is to stop now; None: before the very next command (stepping)."""

    @abstractmethod
    def on_stops(self, callback: Callable[[], None]) -> None:
        """Ask to be called when `stops` may answer otherwise."""

    @abstractmethod
    async def stop(
        self, line: int, text: str, meant: frozenset[int] = frozenset(), *, skips: bool = True
    ) -> StopAnswer:
        """The script stands before a command: ask a person. The step's timeout does not run meanwhile.

        meant: those of `stops` by which this command is meant, though it may begin at another line. skips: its shell
        can leave the command out; else the answer is never "skip". Cancelled when the build is told to end.
        """

    def called(self, line: int) -> str:
        """A line, for people."""
        return f"line {line}"
