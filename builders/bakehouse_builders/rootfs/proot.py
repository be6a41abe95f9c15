"""The program proot: this host's, or unpacked from its distribution's package; and whether it works here."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bakehouse_builders.rootfs.packages import fetch

_PACKAGES = ("proot", "libtalloc2")
_KEPT = "proot"  # in the directory of machines
_SLOW = "PROOT_NO_SECCOMP"  # some kernels and containers let it trace, but not filter


@dataclass(frozen=True, slots=True)
class Program:
    """path: of the program. environment: what it needs, as (name, value)."""

    path: str
    environment: tuple[tuple[str, str], ...] = ()

    def spec(self) -> dict[str, Any]:
        """As `isolation.proot.Proot` takes it."""
        return {"program": self.path, "environment": dict(self.environment)}


def find(machines: Path) -> tuple[Program | None, str]:
    """(a proot that works, "") or (None, why there is none). Blocks; for some seconds if one is fetched."""
    found = shutil.which("proot")
    program, reason = (Program(found), "") if found else _fetched(machines / f".{_KEPT}")
    if program is None:
        return None, reason
    for environment in (program.environment, (*program.environment, (_SLOW, "1"))):
        candidate = Program(program.path, environment)
        reason = _try(candidate)
        if not reason:
            return candidate, ""
    return None, reason


def _try(program: Program) -> str:
    """Why it does not work; "" if a command under it sees what it should."""
    command = [program.path, "-v", "-1", "-0", "-r", "/", "-w", "/", "/bin/sh", "-c", "id -u"]
    environment = {"PATH": "/usr/bin:/bin", **dict(program.environment)}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.stdout == "0\n":
        return ""
    lines = done.stderr.strip().splitlines()
    return lines[0] if lines else f"it ended with status {done.returncode}"


def _fetched(kept: Path) -> tuple[Program | None, str]:
    program = Program(str(kept / "proot"), (("LD_LIBRARY_PATH", str(kept)),))
    if (kept / "proot").exists():
        return program, ""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return None, "proot is not installed, and there is no apt-get to fetch it with"
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".proot-") as directory:
        for package in _PACKAGES:
            file, problem = fetch(package, Path(directory))
            if file is None:
                return None, f"proot is not installed, and apt-get cannot fetch it: {problem}"
            subprocess.run(["dpkg-deb", "-x", str(file), f"{directory}/tree"], check=False, capture_output=True)
        whole = Path(directory, "whole")
        whole.mkdir(mode=0o755)
        tree = Path(directory, "tree")
        for path in (*tree.glob("usr/bin/proot"), *tree.glob("**/libtalloc.so.*")):
            shutil.copy2(path, whole / path.name)
        try:
            os.rename(whole, kept)
        except OSError:
            if not (kept / "proot").exists():
                return None, f"{kept} cannot be written"
    return program, ""
