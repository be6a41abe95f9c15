"""Facts of a build that waits for a person, and of what the person did."""

from __future__ import annotations

from typing import ClassVar

from bakehouse.record.events.envelope import Body


class BuildPaused(Body, frozen=True, omit_defaults=True):
    """The build waits for a person; the envelope's span is that of the attempt it stands after or in, 0 before any.

    reason: failure, breakpoint, next, rollback, disk (no space: the build goes on by itself). until: when the hold
    ends, nanoseconds since 1970; 0 for never. note: of the breakpoint, or what is full. shell: there is a machine that
    a shell can be opened in. place: "after" the step, "before" it (it has not run yet), "line" (in its script before
    `line`, whose text is `command`), "inside" (while it runs). breakpoints: ids of those hit.
    round: how often the script has come to this command by now, 0 for not known. skips: whether its shell can leave
    a command out.
    """

    free: ClassVar[frozenset[str]] = frozenset({"error", "note", "command"})

    step: str
    reason: str
    attempt: int = 0
    error: str = ""
    exit_status: int | None = None
    until: int = 0
    note: str = ""
    shell: bool = True
    place: str = "after"
    line: int = 0
    command: str = ""
    breakpoints: list[int] = []
    round: int = 0
    skips: bool = True


class BuildResumed(Body, frozen=True, omit_defaults=True):
    """Somebody, or the end of the hold, decided. verb: any that answers a pause (`bakehouse.record.commands`)."""

    verb: str
    by: str = ""


class HoldChanged(Body, frozen=True, omit_defaults=True):
    """A paused machine is kept until another time; `until` as in BuildPaused."""

    until: int
    by: str = ""


class BreakpointSet(Body, frozen=True, omit_defaults=True):
    """A breakpoint stands from now on. id: unique in the run. text: as it was written, `before:setup`, `exit!=0`.

    origin: "command line", "viewer" or "template". steps: keys of the steps it stands at, by build, as of now; empty
    for one that any step may hit. line: of a script, 0 for none.
    """

    free: ClassVar[frozenset[str]] = frozenset({"text"})

    id: int
    text: str
    when: str
    origin: str
    steps: dict[str, list[str]] = {}
    line: int = 0
    by: str = ""


class BreakpointCleared(Body, frozen=True, omit_defaults=True):
    """It stands no longer."""

    id: int
    by: str = ""


class BreakpointHit(Body, frozen=True, omit_defaults=True):
    """A breakpoint was reached. breakpoint: its id, 0 for a `breakpoint` provisioner. passed: nobody could answer, so
    the build went on."""

    free: ClassVar[frozenset[str]] = frozenset({"note"})

    step: str
    note: str = ""
    passed: bool = False
    breakpoint: int = 0


class CommandRefused(Body, frozen=True, omit_defaults=True):
    """A command was not accepted. code: as in `bakehouse.errors.Refused`."""

    free: ClassVar[frozenset[str]] = frozenset({"reason"})

    verb: str
    code: str
    reason: str
    by: str = ""


class Tainted(Body, frozen=True, omit_defaults=True):
    """A person skipped, forced or touched something by hand (STYLE 6, the flag). what: 'skipped 4 setup.sh'."""

    free: ClassVar[frozenset[str]] = frozenset({"what"})

    what: str
    step: str = ""
    by: str = ""


class EvidenceCollected(Body, frozen=True, omit_defaults=True):
    """What can be known of a failure, before anybody was asked. path: the bundle's directory. files: names in it.

    changed: files of the machine that are other than at the checkpoint before the step `since`; None if nobody knows.
    """

    step: str
    path: str
    files: list[str] = []
    changed: int | None = None
    since: str = ""


class DriverChanged(Body, frozen=True, omit_defaults=True):
    """Who drives now. viewer: as in Presence; 0 for nobody."""

    viewer: int
    user: str = ""
