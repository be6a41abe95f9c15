"""The `bakehouse` command as an ordinary user, who may enter neither this checkout nor its environment."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from support.rootfs import ORDINARY, place_for_anyone

FIRST_ID = 231072
"""What stands on this host for id 1 of their machines."""


@dataclass
class Nobody:
    """home: theirs; `work` and `tmp` in it are, too. prefix: what stands for the word `python`."""

    home: Path
    prefix: list[str]
    environment: dict[str, str]

    def call(self, *words: str, before: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `bakehouse WORDS` in `work`. before: what stands before the prefix."""
        return self.python("-m", "bakehouse", *words, before=before, **environment)

    def python(self, *words: str, before: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Python in `work`."""
        return subprocess.run(
            [*before, *self.prefix, *words],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            cwd=self.home / "work",
            env={**self.environment, **environment},
            timeout=300,
        )


@contextmanager
def nobody(*, with_ids: bool = False) -> Iterator[Nobody]:
    """Needs root and mounts: the interpreter and its packages are shown at a place for anyone.

    with_ids: /etc/subuid and /etc/subgid give them a range of ids, in their own mount namespace only.
    """
    with place_for_anyone() as place:
        home = place / "home"
        for name in ("work", "tmp"):
            (home / name).mkdir()
            os.chown(home / name, ORDINARY, ORDINARY)
        shown = {"python": sys.base_prefix, "packages": sysconfig.get_path("purelib")}
        for name in shown:
            (place / name).mkdir()
        paths = (place / name for name in ("source/app", "source/builders", "source/tests", "packages"))
        environment = {
            **os.environ,
            "PYTHONPATH": ":".join(map(str, paths)),
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "TMPDIR": str(home / "tmp"),
        }
        binds = [f"mount --rbind {source} {place}/{name}" for name, source in shown.items()]
        if with_ids:
            (place / "ids").write_text(f"{ORDINARY}:{FIRST_ID}:65536\n")
            binds += [f"mount --bind {place}/ids /etc/{name}" for name in ("subuid", "subgid")]
        interpreter = os.path.relpath(os.path.realpath(sys.executable), sys.base_prefix)
        prefix = [
            *("unshare", "--mount", "sh", "-c", " && ".join([*binds, 'exec "$@"']), "sh"),
            *("setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}", "--clear-groups"),
            f"{place}/python/{interpreter}",
        ]
        yield Nobody(home, prefix, environment)
