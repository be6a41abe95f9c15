"""Facts of the run and of its builds as wholes."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from bakehouse.record.events.envelope import Body


class StepInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step as viewers need it. kind: machine, provisioner, artifact, post-processor, cleanup.

    number: from 1, as shown; title: as shown; file, line: where the template names it.
    name: the template's own, "" if it gives none.
    script: path of the one script it runs, which an editor opens; "" if there is none.
    on_host: it acts on the host, which no roll back undoes.
    """

    key: str
    number: int
    title: str
    kind: str
    type: str
    file: str = ""
    line: int = 0
    script: str = ""
    retry: str = "again"
    name: str = ""
    on_host: bool = False


class BuildInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """A build as viewers need it."""

    key: str
    name: str
    builder: str
    steps: list[StepInfo]
    needs: list[str] = []


class RunStarted(Body, frozen=True, omit_defaults=True):
    """The first event. hold: seconds a paused machine is kept. parallel: builds at once, 0 for no limit.

    fail_tainted: the exit code is 1 if somebody touches a build by hand.
    """

    run: str
    template: str
    directory: str
    pid: int
    version: str
    installation: str
    user: str = ""
    hold: float = 0.0
    parallel: int = 0
    on_error: str = "cleanup"
    force: bool = False
    fail_tainted: bool = False


class PlanRevised(Body, frozen=True, omit_defaults=True):
    """A plan came into force: revision 1 at the start, n+1 after an edit. changed: files that differ from before."""

    free: ClassVar[frozenset[str]] = frozenset({"title"})

    revision: int
    builds: list[BuildInfo]
    changed: list[str] = []
    by: str = ""


class BuildWaits(Body, frozen=True, omit_defaults=True):
    """A build waits for others before it works, or goes on after a pause. why: what for, as in 'waits for a slot: 2
    work at once'; "" once it waits no longer."""

    why: str


class BuildStarted(Body, frozen=True, omit_defaults=True):
    """A build left the queue. facts: a line about where it runs ('tier root')."""

    free: ClassVar[frozenset[str]] = frozenset({"facts"})

    facts: str = ""


class BuildFinished(Body, frozen=True, omit_defaults=True):
    """The end of a build. outcome: succeeded, failed, cancelled. kept: its machine was left as it is."""

    free: ClassVar[frozenset[str]] = frozenset({"error"})

    outcome: str
    error: str = ""
    kept: bool = False


class Diagnostic(Body, frozen=True, omit_defaults=True):
    """Something that people should read. severity: error, warning, note."""

    free: ClassVar[frozenset[str]] = frozenset({"text"})

    severity: str
    text: str


class OutputLost(Body, frozen=True, omit_defaults=True):
    """Output could not be written (a full disk): how many bytes, and why."""

    free: ClassVar[frozenset[str]] = frozenset({"reason"})

    bytes: int
    reason: str


class RunStopping(Body, frozen=True, omit_defaults=True):
    """The run is being stopped: clean, keep, after-step, force."""

    how: str
    by: str = ""


class RunFinished(Body, frozen=True, omit_defaults=True):
    """The last event."""

    exit_code: int
