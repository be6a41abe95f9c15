"""The files that a step added, changed or removed, as a tree of folders with sums. Pure; `widgets.files` paints it."""

from __future__ import annotations

import difflib
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

SIGNS = {"added": "+", "changed": "~", "removed": "-"}
SECRETS = (
    ".netrc", ".pgpass", ".npmrc", ".pypirc", ".env", ".env.*", ".git-credentials", "*.pem", "*.key", "id_rsa*",
    "id_ed25519*", "id_ecdsa*", "*credential*", "*password*", "*secret*", "*token*",
)  # fmt: skip
PUBLIC = ("*.pub", "/etc/ssl/certs/*", "/usr/share/*", "*.crt.pem")
CACHES = ("/var/cache/apt", "/var/lib/apt/lists", "/var/cache/apk", "/var/cache/dnf", "/var/cache/yum", "/root/.cache")
UNITS = ("B", "kB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Changed:
    """One path, as the engine tells it. delta: bytes that it takes more."""

    path: str
    change: str
    kind: str
    size: int
    before: int
    mode: int
    owner: str

    @property
    def delta(self) -> int:
        return self.size - self.before if self.kind == "file" else 0

    @property
    def flag(self) -> str:
        """`setuid`, `looks secret` ... or ""."""
        if self.change == "removed":
            return ""
        if self.kind == "file" and self.mode & (stat.S_ISUID | stat.S_ISGID):
            return "setuid" if self.mode & stat.S_ISUID else "setgid"
        if self.kind == "file" and looks_secret(self.path):
            return "looks secret"
        loose = self.kind in ("file", "directory") and self.mode & stat.S_IWOTH and not self.mode & stat.S_ISVTX
        return "writable by all" if loose else ""


@dataclass(slots=True)
class Node:
    """A folder, or a path in one. name: as shown, `lib/x86_64-linux-gnu/`. found: what the engine told of it."""

    name: str
    path: str
    found: Changed | None = None
    children: list[Node] = field(default_factory=list)
    files: int = 0
    delta: int = 0

    @property
    def sign(self) -> str:
        """`+`, `~`, `-`."""
        return SIGNS.get(self.found.change, "~") if self.found is not None else "~"


def parse(data: Mapping[str, Any]) -> list[Changed]:
    """What the verb `diff` answers, in the order of paths; what is no path is passed over."""
    found = []
    for entry in data.get("files", []):
        if isinstance(entry, dict) and isinstance(entry.get("path"), str):
            numbers = [entry.get(name, 0) for name in ("size", "before", "mode")]
            size, before, mode = (number if isinstance(number, int) else 0 for number in numbers)
            kind, change = str(entry.get("kind", "file")), str(entry.get("change", "changed"))
            found.append(Changed(entry["path"], change, kind, size, before, mode, str(entry.get("owner", ""))))
    return sorted(found, key=lambda changed: changed.path)


def counted(files: Iterable[Changed]) -> dict[str, int]:
    """How many are added, changed, removed; a folder counts only where it was added or removed by itself."""
    counts = dict.fromkeys(SIGNS, 0)
    for changed in files:
        if changed.kind != "directory":
            counts[changed.change] = counts.get(changed.change, 0) + 1
    return counts


def tree(files: Iterable[Changed], *, by_size: bool = True) -> list[Node]:
    """The top folders. A folder with one folder in it and nothing else stands in one row with it."""
    root = Node("", "/")
    places = {"/": root}
    for changed in files:
        node = _place(changed.path, places)
        node.found = changed
    _sum(root)
    _sort(root, by_size)
    return [_joined(node) for node in root.children]


def _place(path: str, places: dict[str, Node]) -> Node:
    found = places.get(path)
    if found is None:
        pure = PurePosixPath(path)
        parent = _place(str(pure.parent), places) if str(pure.parent) != path else places["/"]
        found = places[path] = Node(pure.name, path)
        parent.children.append(found)
    return found


def _sum(node: Node) -> None:
    for child in node.children:
        _sum(child)
    own = node.found
    mine = 1 if own is not None and own.kind != "directory" else 0
    node.files = mine + sum(child.files for child in node.children)
    node.delta = (own.delta if own is not None else 0) + sum(child.delta for child in node.children)
    if node.children or (own is not None and own.kind == "directory"):
        node.name = f"{node.name.rstrip('/')}/"


def _sort(node: Node, by_size: bool) -> None:
    node.children.sort(key=lambda child: (-abs(child.delta), child.name) if by_size else (0, child.name))
    for child in node.children:
        _sort(child, by_size)


def _joined(node: Node) -> Node:
    node.children = [_joined(child) for child in node.children]
    alone = node.children[0] if len(node.children) == 1 else None
    if alone is None or not alone.children or (node.found is not None and node.found.change != "changed"):
        return node
    alone.name = node.name + alone.name
    return alone


def looks_secret(path: str) -> bool:
    """Whether the name is one that holds passwords and keys."""
    name = path.rsplit("/", 1)[-1].lower()
    if any(fnmatchcase(path, pattern) for pattern in PUBLIC):
        return False
    return any(fnmatchcase(name, pattern) for pattern in SECRETS)


def notable(files: Iterable[Changed]) -> list[tuple[str, str]]:
    """What deserves a look: (word, sentence), the gravest first."""
    found: list[tuple[str, str]] = []
    sums = dict.fromkeys(CACHES, 0)
    for changed in files:
        path, new = changed.path.lstrip("/"), "is new" if changed.change == "added" else "has changed"
        if changed.flag in ("setuid", "setgid"):
            user = changed.owner.split(":")[changed.flag == "setgid"] if ":" in changed.owner else ""
            who = "root" if user in ("0", "root") else f"{'user' if changed.flag == 'setuid' else 'group'} {user}"
            found.append((changed.flag, f"{path} {new} and runs as {who}"))
        elif changed.flag == "looks secret":
            found.append(("secret", f"{path} looks like it holds a password or a key"))
        elif changed.flag:
            found.append(("open", f"{path} can be written by everybody"))
        for cache in CACHES:
            if changed.path.startswith(cache + "/"):
                sums[cache] += max(0, changed.delta)
    found.sort(key=lambda item: ("setuid", "setgid", "secret", "open").index(item[0]))
    found.extend(("cache", f"{size(sums[cache])} in {cache[1:]} can be cleaned") for cache in CACHES if sums[cache])
    return found


def size(number: int, *, signed: bool = False) -> str:
    """`41.2 MB`, `972 B`; signed: `+38.4 MB`."""
    sign = ("-" if number < 0 else "+") if signed else ""
    value, unit = float(abs(number)), 0
    while value >= 999.95 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{sign}{abs(number):,} B" if not unit else f"{sign}{value:,.1f} {UNITS[unit]}"


def exact(number: int) -> str:
    """The same, but to the byte where that is no long number: `1,020 B`."""
    return f"{number:,} B" if number < 10_000 else size(number)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file before and after, its sizes None where it was not there. diff: unified; note: why there is none."""

    path: str
    before: int | None
    after: int | None
    diff: str
    note: str


def named(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Changed:
    """A file that is opened by its path, from what the verb `open` answers for both sides."""
    was, now = (len(str(side.get("content", "")).encode()) for side in (before, after))
    return Changed(path, "changed", "file", now, was, 0, "")


def opened(changed: Changed, before: Mapping[str, Any], after: Mapping[str, Any]) -> Opened:
    """What the verb `open` answers for both sides."""
    was = changed.before if before.get("exists") else None
    now = changed.size if after.get("exists") else None
    if any(side.get("encoding") == "base64" for side in (before, after)):
        return Opened(changed.path, was, now, "", "Not text, so not shown here; ctrl+s saves a copy.")
    old, new = (str(side.get("content", "")).splitlines() for side in (before, after))
    lines = list(difflib.unified_diff(old, new, "before", "after", n=3, lineterm=""))
    cut = before.get("truncated") or after.get("truncated")
    note = "Only its beginning is compared." if cut else "" if lines else "Its contents are the same."
    return Opened(changed.path, was, now, "\n".join(lines), note)
