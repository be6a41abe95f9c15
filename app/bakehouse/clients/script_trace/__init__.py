"""Following a shell script command by command, without a byte of difference in what it does."""

from __future__ import annotations

from bakehouse.clients.script_trace.decide import SCRIPT_MARK
from bakehouse.clients.script_trace.follow import Script, follow
from bakehouse.clients.script_trace.host import HostTrace
from bakehouse.clients.script_trace.inline import InlineWatch
from bakehouse.clients.script_trace.machine import MachineTrace

__all__ = ["SCRIPT_MARK", "HostTrace", "InlineWatch", "MachineTrace", "Script", "follow"]
