"""What a script's text says of one command, before any of them runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Pipeline:
    """The same object for all elements of one. handled: as of a site."""

    length: int
    line: int
    text: str
    handled: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a command.

    handled: its failure is looked at: left of `||` or `&&`, after `!`, in a condition, in a substitution.
    negated: `!` turns its status around. background: the shell does not wait for it.
    condition: first and last byte of the compound statement whose condition it belongs to.
    last: the last line of what is redirected into it. function: the one that it stands in, "" for none.
    apart: it is run by a shell of its own: a subshell, a substitution, a group in a pipeline or in the background.
    """

    handled: bool = False
    negated: bool = False
    background: bool = False
    condition: tuple[int, int] | None = None
    pipeline: Pipeline | None = None
    element: int = 0
    last: int = 0
    function: str = ""
    apart: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A simple command, or the head of a compound one (for, case). first, last: lines. start: its first byte; end:
    the one behind its last.

    plain: the text without what bash writes otherwise.

    kind: "command", "head", or "arithmetic", whose status is a truth and no failure.
    """

    first: int
    last: int
    start: int
    end: int
    text: str
    plain: str
    kind: str
    around: Surroundings
