"""What actions need of the app that hands them their names, so that they need not know the app."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from bakehouse.dashboard.door import Door
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.screens.main import MainScreen
from bakehouse.dashboard.screens.overlay import Overlay
from bakehouse.dashboard.terminal.shell import Terminal
from bakehouse.dashboard.theme import Palette

Result = TypeVar("Result")


class Stage(Protocol):
    """over: the run has ended. stopped: this viewer stopped it. terminal: gives the terminal while it is lent out."""

    session: Door
    launched: bool
    over: bool
    stopped: bool
    look: Look
    model: RunModel
    main: MainScreen
    terminal: Callable[[], Terminal]

    @property
    def covered(self) -> bool:
        """Whether an overlay is open."""

    def cover(self, overlay: Overlay[Result], answered: Callable[[Result | None], None]) -> None:
        """Show an overlay and hear its answer."""

    def uncover(self) -> None:
        """Close the overlay as escape would."""

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Let a verb do its work; one at a time."""

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something go on for as long as it takes, beside the verbs."""

    def draw_shell(self) -> None:
        """The shell has something new to show."""

    def use(self, palette: Palette) -> None:
        """Take another palette."""

    def close_as(self, how: str) -> None:
        """Close the screen."""

    def suspend(self) -> AbstractContextManager[None]:
        """Give the terminal away meanwhile."""

    def copy_to_clipboard(self, text: str) -> None:
        """To the terminal's clipboard, if it has one."""

    def batch_update(self) -> AbstractContextManager[None]:
        """Draw nothing meanwhile."""
