"""How a run is to be run."""

from __future__ import annotations

from typing import Literal

import msgspec

OnError = Literal["cleanup", "abort", "ask", "run-cleanup-provisioner", "pause"]
Saving = Literal["off", "by cost", "each"]
"""When checkpoints are taken: never, once the work since the last is well worth it, before each of the provisioners."""
FEWEST_MACHINES = 4


class RunOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What `bakehouse build` was told beyond the template.

    on_error: the standing answer to a failure. hold: seconds that a paused build waits for somebody; 0: a failure does
    not pause, and what pauses (a question on a terminal) waits for ever. parallel: builds at once, 0 for no limit.
    machines: machines at once, those of paused builds included; 0 for twice `parallel` and at least four. nice: what
    local children are lowered by. wait_at_breakpoints: somebody may answer; else a breakpoint is passed by, and said
    so. fail_tainted: exit with 1 if somebody touched a build by hand. trace: tell of the commands of scripts, one by
    one. checkpoints: when they are taken. cache: start from those of earlier runs, and leave ours to later ones.
    from_step: the step, as a person names it, from which on all is run again; "" for none. breakpoints: as they were
    written (`bakehouse.engine.breakpoint_spec`).
    """

    on_error: OnError = "cleanup"
    hold: float = 0.0
    parallel: int = 0
    machines: int = 0
    nice: int = 0
    wait_at_breakpoints: bool = False
    fail_tainted: bool = False
    trace: bool = False
    breakpoints: tuple[str, ...] = ()
    checkpoints: Saving = "off"
    cache: bool = False
    from_step: str = ""

    @property
    def most_machines(self) -> int:
        """0 for no limit."""
        return self.machines or (max(2 * self.parallel, FEWEST_MACHINES) if self.parallel else 0)
