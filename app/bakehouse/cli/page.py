"""The help of one verb, and reading its command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bakehouse.cli import flags
from bakehouse.cli.flags import Flag, Parsed
from bakehouse.errors import UsageError

HELP = ("-h", "-help", "--help")


@dataclass(frozen=True, slots=True)
class Page:
    """usage: after `bakehouse`. text: what the verb does. examples: (command, what it does).

    least, most: how many arguments it takes; most None: any number. wanted: what to say when there are too few or many.
    """

    usage: str
    text: str
    flags: Sequence[Flag] = ()
    examples: Sequence[tuple[str, str]] = ()
    least: int = 0
    most: int | None = 0
    wanted: str = "takes no arguments"

    def read(self, arguments: Sequence[str]) -> Parsed | None:
        """The command line, or None if it asked for help, which was printed then. Raises UsageError."""
        before = list(arguments)[: list(arguments).index("--")] if "--" in arguments else arguments
        if any(word in HELP for word in before):
            print(self.render())
            return None
        parsed = flags.parse(self.flags, arguments)
        count = len(parsed.arguments)
        if count < self.least or (self.most is not None and count > self.most):
            verb = self.usage.split()[0]
            got = f"; got {count}: {' '.join(parsed.arguments)}" if count else ""
            raise UsageError(f"{verb} {self.wanted}{got}.")
        return parsed

    def render(self) -> str:
        """The whole help."""
        parts = [f"usage: bakehouse {self.usage}", "", self.text]
        if any(flag.help for flag in self.flags):
            parts.extend(("", flags.table(self.flags)))
        if self.examples:
            width = max(len(command) for command, _ in self.examples) + 2
            parts.extend(("", *(f"  bakehouse {command:{width}}{what}" for command, what in self.examples)))
        return "\n".join(parts)
