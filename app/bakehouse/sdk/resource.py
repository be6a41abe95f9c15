"""Something outside that a build made and somebody must take away again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Resource:
    """A line of the ledger: claimed, by name, before it exists.

    owner: who can remove it, as `registry` knows it: "builder:docker", or "process" for a local child.
    kind: the owner's own word: "container", "image", "directory", "process".
    name: unique and enough to remove it (DESIGN 4: names, not labels).
    id: what the engine behind it calls it, once known.
    step: key of the step that claimed it; build: key of its build; run: id of its run.
    kept: somebody chose to keep it; `gc` passes it by unless asked.
    details: whatever else `remove` needs (a socket, a directory); never a secret.
    """

    owner: str
    kind: str
    name: str
    run: str = ""
    build: str = ""
    step: str = ""
    id: str = ""
    kept: bool = False
    details: Mapping[str, str] = field(default_factory=dict)
