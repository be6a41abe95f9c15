"""What goes over the socket of a run: newline-delimited JSON, a `type` in every message (DESIGN 6).

The engine greets first with Hello; the viewer answers with Join. After that both sides send as they like. A stream
(the bytes of a PTY) has a connection of its own: Hello, Join with `stream`, then StreamData both ways and Resize.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from bakehouse.record.commands import Command
from bakehouse.record.events import Event

PROTOCOL = 1
OLDEST = 1
LIMIT = 1 << 20
"""Bytes: no message of a viewer is longer; a longer line closes the connection. An engine splits batches of events to
stay about here, but one event (PlanRevised of a large template) may be longer, up to ENGINE_LIMIT."""
ENGINE_LIMIT = 1 << 26


class Hello(msgspec.Struct, frozen=True, tag="hello", omit_defaults=True):
    """The engine's greeting. protocol: what it serves; min: the oldest viewer it can talk to at all.

    version, executable: of the engine, so that an older viewer can say which one to attach with.
    """

    protocol: int
    min: int
    version: str
    executable: str
    run: str
    directory: str


class Join(msgspec.Struct, frozen=True, tag="join", omit_defaults=True):
    """The viewer's answer. after: follow the events after this seq; -1: none at all (`ctl`). stream: a span's PTY.

    token: a secret of the viewer's, the same on all its connections, so that its role holds for all of them; who
    sends one hears Welcome when it follows. watch: it never wants to drive. place: as in Viewer.
    """

    protocol: int
    version: str
    client: str = ""
    after: int = -1
    stream: int = 0
    rows: int = 24
    columns: int = 80
    token: str = ""
    watch: bool = False
    place: str = ""


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    """To a follower with a token, before any event. viewer: its id in Presence and DriverChanged."""

    viewer: int


class Events(msgspec.Struct, frozen=True, tag="events"):
    """A batch of events, recorded and live ones, in order."""

    events: list[Event]


class Send(msgspec.Struct, frozen=True, tag="send"):
    """A command."""

    command: Command


class Answer(msgspec.Struct, frozen=True, tag="answer", omit_defaults=True):
    """What became of command `id`. code "" means accepted. span, data: as in `host.Accepted`."""

    id: int
    code: str = ""
    reason: str = ""
    span: int = 0
    data: dict[str, Any] = {}


class AskChanges(msgspec.Struct, frozen=True, tag="ask-changes", omit_defaults=True):
    """Which files on disk differ from what a build ran; without one, from what the plan in force was made of?"""

    id: int
    build: str = ""


class FileChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file that differs. diff: unified, masked; "" for a file too large or not text. gone: it is not there."""

    path: str
    diff: str = ""
    gone: bool = False


class Earlier(msgspec.Struct, frozen=True, omit_defaults=True):
    """A change in what a paused build has behind it: the first step that is new or not as it was run, or that follows
    one which was taken out. title: masked. possible: there is a checkpoint at or before it, so that
    `edit-retry` {"to": step} rolls back to it.

    change: what it is; of a removed one, `gone` calls it ("4 setup"), and `step` is what follows. checkpoint: id of
    that one, and `at` the number of the step that the machine is as before then; until: number of the paused step;
    both as the files now have them. new: the new steps ("5 setup") that a retry runs before the paused one. stale:
    one that has run is not as it was run, or was taken out, here or further on.
    """

    step: str
    number: int
    title: str
    possible: bool = False
    change: Literal["changed", "new", "removed"] = "changed"
    gone: str = ""
    checkpoint: int = 0
    at: int = 0
    until: int = 0
    new: list[str] = []
    stale: bool = False


def what_changed(earlier: Earlier) -> str:
    """A sentence about it for people."""
    name = f"{earlier.number} {earlier.title}"
    if earlier.change == "removed":
        return f"Step {earlier.gone}, which has run, was taken out."
    if earlier.change == "new":
        return f"Step {name} is new and stands before the one at which the build is paused."
    return f"Step {name} has changed since it ran."


class Changes(msgspec.Struct, frozen=True, tag="changes", omit_defaults=True):
    """Answer to AskChanges. problem: the template on disk does not parse; the rendered diagnostics. earlier: by key of
    the paused builds that have a change behind them. revised: another revision than the build ran is in force already,
    so that it cannot be run again as it was."""

    id: int
    files: list[FileChange] = []
    problem: str = ""
    earlier: dict[str, Earlier] = {}
    revised: bool = False


class AskLines(msgspec.Struct, frozen=True, tag="ask-lines"):
    """Lines `first` to `first + count` (from 0) of a build's log."""

    id: int
    build: str
    first: int
    count: int


class Lines(msgspec.Struct, frozen=True, tag="lines"):
    """Answer to AskLines. total: whole lines in the log. lines: (at ns, stream, span, text); invalid UTF-8 replaced."""

    id: int
    total: int
    lines: list[tuple[int, int, int, str]]


class AskLog(msgspec.Struct, frozen=True, tag="ask-log"):
    """The files of a build's log, from byte `log` of the one and byte `index` of the other on."""

    id: int
    build: str
    log: int
    index: int


class LogPart(msgspec.Struct, frozen=True, tag="log-part"):
    """Answer to AskLog: what follows there, as much as fits in a message; JSON carries the bytes as base64."""

    id: int
    log: bytes
    index: bytes


class StreamData(msgspec.Struct, frozen=True, tag="data"):
    """Bytes of a PTY, either way; JSON carries them as base64."""

    data: bytes


class Resize(msgspec.Struct, frozen=True, tag="resize"):
    """The viewer's terminal has another size."""

    rows: int
    columns: int


class StreamEnd(msgspec.Struct, frozen=True, tag="end", omit_defaults=True):
    """The program on the PTY ended."""

    exit_status: int = 0
    reason: str = ""


class Goodbye(msgspec.Struct, frozen=True, tag="goodbye", omit_defaults=True):
    """Why the sender closes: the run ended, the version does not fit, the message was no message."""

    reason: str
    code: str = ""


FromViewer = Join | Send | AskChanges | AskLines | AskLog | StreamData | Resize | Goodbye
FromEngine = Hello | Welcome | Events | Answer | Changes | Lines | LogPart | StreamData | StreamEnd | Goodbye

_ENCODER = msgspec.json.Encoder()
_FROM_VIEWER: msgspec.json.Decoder[FromViewer] = msgspec.json.Decoder(FromViewer)
_FROM_ENGINE: msgspec.json.Decoder[FromEngine] = msgspec.json.Decoder(FromEngine)


def encode(message: FromViewer | FromEngine) -> bytes:
    """One line, newline included."""
    return _ENCODER.encode(message) + b"\n"


def decode_from_viewer(line: bytes) -> FromViewer:
    """Raises msgspec.DecodeError for anything that is not a viewer's message."""
    return _FROM_VIEWER.decode(line)


def decode_from_engine(line: bytes) -> FromEngine:
    """Raises msgspec.DecodeError for anything that is not an engine's message."""
    return _FROM_ENGINE.decode(line)
