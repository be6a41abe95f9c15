"""The contract of a provisioner: one thing done to a machine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from bakehouse.sdk.component import Component
from bakehouse.sdk.machine import Machine


class Provisioner(Component, ABC):
    """Does one thing to the machine. A new instance for every attempt."""

    on_host: ClassVar[bool] = False
    """It acts on the host and needs no communicator (shell-local): never skipped by a checkpoint (DESIGN 7)."""

    def repeats(self) -> bool:
        """Whether it is run even where a machine of an earlier run has all that it did: it acts on the host, too."""
        return self.on_host

    def breakpoint(self) -> str | None:
        """A note, if the build is to pause here before anything is run; None, as nearly always, if not."""
        return None

    @abstractmethod
    async def provision(self, machine: Machine) -> None:
        """Do it. Raises StepError; may be called again on the same machine after a failure."""
