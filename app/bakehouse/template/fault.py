"""What goes wrong while a value is computed, before anyone has said where: the evaluator adds the place."""

from __future__ import annotations

from collections.abc import Iterable


class Fault(Exception):
    """A summary, what is wrong, and what to do about it; `argument` is the index of the argument at fault, or None.

    It never leaves the language: `evaluate` turns it into a TemplateError with the location of the sub-expression.
    """

    def __init__(self, summary: str, detail: str = "", *, help: str = "", argument: int | None = None) -> None:
        super().__init__(f"{summary}: {detail}" if detail else summary)
        self.summary = summary
        self.detail = detail
        self.help = help
        self.argument = argument


def nearest(name: str, known: Iterable[str]) -> str:
    """`Did you mean "x"?` for the known name closest to `name`, or ""."""
    import difflib  # when something is misspelt: 4 ms

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f'Did you mean "{found[0]}"?' if found else ""


def listing(names: Iterable[str], limit: int = 8) -> str:
    """Names for a sentence: `"a", "b" and 3 more`; "" for none."""
    quoted = [f'"{name}"' for name in sorted(names)]
    if len(quoted) <= limit:
        return ", ".join(quoted)
    return f"{', '.join(quoted[:limit])} and {len(quoted) - limit} more"
