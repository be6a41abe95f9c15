"""What can be wrong with a `{{ }}` text, while it is read and while it is rendered."""

from __future__ import annotations

from bakehouse.errors import StepError


class GoTemplateError(StepError):
    """A text that is no Go template, or cannot be rendered.

    start, end: the part of the text that is meant, in characters from 0; equal if only a place is. help: what to do.
    text: the text, once it is known.
    """

    def __init__(self, message: str, start: int, end: int = -1, help: str = "") -> None:
        super().__init__(message)
        self.start = start
        self.end = max(start, end)
        self.help = help
        self.text = ""

    @property
    def action(self) -> tuple[str, int]:
        """The line of the action that is meant, from its `{{` through its `}}`, and where in it `start` is."""
        opening = max(self.text.rfind("{{", 0, self.start + 2), 0)
        closing = self.text.find("}}", max(self.end, opening + 2))
        action = self.text[opening : len(self.text) if closing < 0 else closing + 2]
        return action.split("\n", 1)[0], self.start - opening


class CallError(Exception):
    """What a function raises that cannot do what it is asked for; the text is one sentence without its full stop."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help
