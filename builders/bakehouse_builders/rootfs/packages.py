"""Single packages of this host's distribution, fetched by its own apt: from its own mirror, without being root."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def fetch(package: str, directory: Path) -> tuple[Path | None, str]:
    """(the package's file in an empty directory, "") or (None, the last thing that apt-get complained of). Blocks."""
    for name in ("lists/partial", "cache/archives/partial"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    private = [f"-oDir::State::Lists={directory}/lists", f"-oDir::Cache={directory}/cache"]
    private += ["-oDebug::NoLocking=1", "-oAPT::Sandbox::User=", "-qq"]
    problem = ""
    for options in (["-qq"], private):  # the host's own lists are there already, as a rule
        if options is private:
            problem = _apt([*options, "update"], directory)
        problem = _apt([*options, "download", package], directory) or problem
        found = list(directory.glob(f"{package}_*.deb"))
        if found:
            return found[0], ""
    return None, problem


def _apt(arguments: list[str], directory: Path) -> str:
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(["apt-get", *arguments], cwd=directory, env=environment, capture_output=True, text=True)
    return done.stderr.strip().splitlines()[-1] if done.returncode and done.stderr.strip() else ""
