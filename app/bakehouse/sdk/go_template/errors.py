"""What can be wrong with a `{{ }}` text, while it is read and while it is rendered."""

from __future__ import annotations

from bakehouse.errors import StepError


class GoTemplateError(StepError):
    """A text that is no Go template, or cannot be rendered.

    start, end: the part of the text that is meant, in characters from 0; equal if only a place is. help: what to do.
    """

    def __init__(self, message: str, start: int, end: int = -1, help: str = "") -> None:
        super().__init__(message)
        self.start = start
        self.end = max(start, end)
        self.help = help


class CallError(Exception):
    """What a function raises that cannot do what it is asked for; the text is one sentence without its full stop."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help
