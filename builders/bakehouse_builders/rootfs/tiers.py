"""Which kind of isolation this host allows: tried for real, in the order of preference, once a process."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Concatenate, Literal, ParamSpec, TypeVar, get_args

from bakehouse.clients.isolation.connection import helper
from bakehouse.clients.isolation.mapping import find_ranges
from bakehouse.clients.mapped import run_mapped
from bakehouse.clients.oci import Check
from bakehouse.sdk import Unavailable
from bakehouse_builders.rootfs import proot
from bakehouse_builders.rootfs.places import machines_directory

TierName = Literal["range", "root", "single", "chroot", "proot"]
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

FORCE = "BAKEHOUSE_ROOTFS_TIER"

_AS_ROOT: tuple[TierName, ...] = ("root", "chroot", "proot")
_AS_USER: tuple[TierName, ...] = ("range", "single", "proot")

_WORDS = {
    "range": "a user namespace with the ids that /etc/subuid gives you, owners are real",
    "root": "mount, pid, ipc and uts namespaces, capabilities as in a container",
    "single": "a user namespace in which you are root, changes of owner are faked",
    "proot": "no namespaces, only paths are apart, by tracing; owners and users are faked",
    "chroot": "no namespaces: only the file system is apart, and there is no /proc",
}
_NO_PROC = (
    "There is no /proc in this machine: nothing can be mounted here. What needs it fails: ps, for one, and scripts "
    "without a first line #! on a base of busybox."
)
_HELP = (
    "What would help: run Bakehouse as root, also in a container; or on a host that allows user namespaces\n"
    "(kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0,\n"
    "kernel.apparmor_restrict_unprivileged_userns=0). Or use the docker builder, which needs none of this."
)


@dataclass(frozen=True, slots=True)
class Tier:
    """name: the kind of isolation. storage: "overlay", or "copy" where the base is copied for each machine.

    first: of the ids on this host that stand for the machine's, in tier range. tracer: what runs tier proot.
    """

    name: TierName
    storage: Literal["overlay", "copy"]
    first: int = 0
    tracer: proot.Program | None = None

    def __str__(self) -> str:
        return f"tier {self.name}" + (
            ", base copied" if self.storage == "copy" and self.name not in ("chroot", "proot") else ""
        )

    @property
    def description(self) -> str:
        """One line for people."""
        return f"{self} ({_WORDS[self.name]})"

    @property
    def lacks(self) -> str:
        """What machines elsewhere have and this one has not, for people; "" for nothing."""
        return _NO_PROC if self.name == "chroot" else ""

    @property
    def owners(self) -> Literal["kept", "flat"]:
        """Whether files have their real owners, or all belong to root."""
        return "flat" if self.name in ("single", "proot") else "kept"

    @property
    def tree(self) -> str:
        """A word for how the owners of an unpacked base lie on this host: trees of equal words can be shared."""
        return f"range-{self.first}" if self.name == "range" else self.owners

    def call(
        self,
        function: Callable[Concatenate[Check, Parameters], Result],
        check: Check,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """Call a function of a module on the machine's files, with the rights that their owners ask for; blocks.

        Raises what it raises, or what `check` does.
        """
        if self.name == "range":
            return run_mapped(function, check, *arguments, **named)
        return function(check, *arguments, **named)


_lock = threading.Lock()
_chosen: dict[tuple[str, ...], Tier] = {}


def choose() -> Tier:
    """The first tier that works, or the one that is forced. Blocks for 50 ms the first time. Raises Unavailable."""
    machines = machines_directory()
    forced = os.environ.get(FORCE, "")
    key = (str(machines), forced)
    with _lock:
        if key not in _chosen:
            _chosen[key] = _choose(machines, forced)
        return _chosen[key]


def _choose(machines: Path, forced: str) -> Tier:
    if forced and forced not in get_args(TierName):
        raise Unavailable(f'{FORCE} is "{forced}"; it can be {", ".join(get_args(TierName))}.')
    usual = _AS_ROOT if os.geteuid() == 0 else _AS_USER
    wanted = [name for name in get_args(TierName) if name == forced] or usual
    refusals = []
    for name in wanted:
        if name == "proot":
            tracer, answer = proot.find(machines)
            if tracer is not None:
                return Tier(name, "copy", tracer=tracer)
            refusals.append(f"  tier {name}: {answer}")
            continue
        works, answer = probe(name, machines)
        if works:
            first = find_ranges().uid if name == "range" else 0
            return Tier(name, "overlay" if answer == "overlay" else "copy", first)
        refusals.append(f"  tier {name}: {answer}")
    user = "root" if os.geteuid() == 0 else f"uid {os.geteuid()}"
    tried = "\n".join(refusals)
    raise Unavailable(f"No isolation for the rootfs builder is to be had here. Tried as {user}:\n{tried}\n{_HELP}")


def probe(name: TierName, machines: Path) -> tuple[bool, str]:
    """Whether a tier works, and its storage or why not."""
    if name in ("root", "chroot") and os.geteuid() != 0:
        return False, "needs root"
    if name == "range" and os.geteuid() == 0:
        return False, "is for ordinary users"
    done = subprocess.run(helper("probe", name, str(machines)), capture_output=True, text=True, env={}, cwd="/")
    word, _, answer = done.stdout.strip().partition(" ")
    if word == "works":
        return True, answer
    lines = done.stderr.strip().splitlines()
    return False, answer or (lines[-1] if lines else f"the probe ended with status {done.returncode}")
