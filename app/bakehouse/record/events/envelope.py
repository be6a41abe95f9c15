"""The envelope of a fact, and what every body has in common (DESIGN 5)."""

from __future__ import annotations

from typing import ClassVar, TypeVar

import msgspec

NANOSECONDS = 1_000_000_000

BodyType = TypeVar("BodyType", bound="Body")


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fact. seq: 1, 2, 3 ... in the run, 0 for a live-only one. at: nanoseconds since 1970.

    build: key of the build it is about, "" for the run's own. span: id of the span it is about, 0 for none.
    """

    seq: int
    at: int
    kind: str
    build: str = ""
    span: int = 0
    body: msgspec.Raw = msgspec.Raw(b"{}")

    def decode(self, body: type[BodyType]) -> BodyType:
        """The body, typed. Unknown fields are passed over; raises msgspec.ValidationError for a wrong type."""
        return msgspec.json.decode(self.body, type=body)


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of an event; the name of the class is the event's kind.

    free: the fields that hold free text, at any depth, which the engine masks; `fold` lives on the others.
    """

    free: ClassVar[frozenset[str]] = frozenset()

    @property
    def kind(self) -> str:
        """The `kind` of the envelope."""
        return type(self).__name__


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Event)


def event(body: Body, *, seq: int, at: int, build: str = "", span: int = 0) -> Event:
    """Put a body into its envelope."""
    return Event(seq=seq, at=at, kind=body.kind, build=build, span=span, body=msgspec.Raw(_ENCODER.encode(body)))


def encode(fact: Event) -> bytes:
    """One line of `events.jsonl`, newline included."""
    return _ENCODER.encode(fact) + b"\n"


def decode(line: bytes) -> Event:
    """The envelope of one line. Raises msgspec.DecodeError (a ValueError) for a torn or foreign line."""
    return _DECODER.decode(line)
