"""Where the trace of one script is kept while it runs, and how it is read from there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

OnPiece = Callable[[bytes], None]


class NotReady(Exception):
    """No trace can be kept; the text says why."""


class Trace(ABC):
    """A directory with a regular file `t` that is opened anew for each record, where any user may write.

    A pipe would kill or hang the script when its reader goes, and a sticky directory would keep other users out.
    path: of the directory; a word that needs no quotes. shell: what /bin/sh is there, once it is ready: "bash", "sh",
    "other". removal: a command line that takes it away at one stroke, "" if nothing needs to be added to the script's.
    pid: of the process that answers, if the script can see it; 0 if it cannot.
    """

    path: str
    shell = ""
    removal = ""
    pid = 0

    @abstractmethod
    async def read(self) -> None:
        """Make it, and pass on what is written there until the script has ended. To be run beside the script."""

    @abstractmethod
    async def wait_ready(self) -> None:
        """Raises NotReady."""

    @abstractmethod
    async def write(self, files: dict[str, str]) -> None:
        """Write small files there, each at one stroke. Raises StepError."""

    @abstractmethod
    async def remove_file(self, name: str) -> None:
        """Raises StepError."""

    @abstractmethod
    async def remove(self) -> None:
        """Take it away, if it is still there and can be reached."""

    def ended(self) -> None:
        """The script has ended: `read` ends once it has read all."""
        return
