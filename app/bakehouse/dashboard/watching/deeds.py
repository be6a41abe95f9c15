"""What somebody did to a build, as those who watch are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bakehouse.record.commands import VERBS
from bakehouse.record.events import BuildResumed, Event, HoldChanged, SpanStarted

ANSWERS = {
    "continue": "went on", "next": "ran one step", "retry": "retried", "rollback-retry": "rolled back, retried",
    "edit-retry": "edited, retried", "skip": "skipped", "rollback": "rolled back", "cancel": "cancelled",
}  # fmt: skip
"""By the verb that answered a pause."""


@dataclass(frozen=True, slots=True)
class Deed:
    """at: ns since 1970. by: who. key: that does it. text: what it was, in the past."""

    at: int
    by: str
    key: str
    text: str


def deed(fact: Event) -> Deed | None:
    """What a fact says that somebody did; None for one that nobody did."""
    if fact.kind == "BuildResumed":
        resumed = fact.decode(BuildResumed)
        text = ANSWERS.get(resumed.verb, "")
        return Deed(fact.at, resumed.by, VERBS[resumed.verb].key, text) if text and resumed.by else None
    if fact.kind == "HoldChanged":
        by = fact.decode(HoldChanged).by
        return Deed(fact.at, by, VERBS["hold"].key, "keeps it longer") if by else None
    if fact.kind == "SpanStarted":
        span = fact.decode(SpanStarted)
        text = {"shell": "opened a shell", "hand command": f"ran {span.title}"}.get(span.type, "")
        verb = "shell" if span.type == "shell" else "run"
        return Deed(fact.at, span.by, VERBS[verb].key, text) if text and span.by else None
    return None


def last(deeds: Sequence[Deed], by: str, most: int) -> list[Deed]:
    """The newest ones of somebody, in their order."""
    return [deed for deed in deeds if deed.by == by][-most:] if most > 0 else []
