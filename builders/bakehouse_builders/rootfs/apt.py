"""Debian's packages, found and fetched by this host's own apt, with lists and a cache of ours: no root, no host named.

apt checks the signature of the archive, and each file against it; what is installed on the host does not count.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bakehouse.clients.oci import Check
from bakehouse.sdk import Unavailable

_FRESH = 24 * 3600  # seconds for which the archive's lists are taken as they are
_PATIENCE = 0.1
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_HELP = (
    "The base \"debian\" is made with this host's own apt from Debian's archive. Elsewhere give `base` the path of an "
    "OCI layout or image archive, or docker://HOST/NAME:TAG."
)
_SET = ("?essential", "?priority(required)", "apt")


@dataclass(frozen=True, slots=True)
class Package:
    """One file. essential: it must be there before dpkg can run."""

    file: str
    sha256: str
    essential: bool


class Archive:
    """One suite of Debian's archive. directory: of ours, where lists and packages are kept."""

    def __init__(self, directory: Path, suite: str, check: Check) -> None:
        for program in ("apt-get", "apt-cache", "dpkg-deb"):
            if shutil.which(program) is None:
                raise Unavailable(f"There is no {program} on this host. {_HELP}")
        self._directory = directory
        self._check = check
        for name in ("lists/partial", "cache/archives/partial", "none/partial"):
            (directory / name).mkdir(parents=True, exist_ok=True)
        (directory / "status").touch()
        self._sources = directory / "sources.list"
        self._stamp = directory / "fresh"
        self._suite = suite

    @property
    def index(self) -> list[list[object]]:
        """What tells whether the lists are the same as another time."""
        found = sorted((self._directory / "lists").glob("*Release"))
        return [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in found]

    @property
    def fresh(self) -> bool:
        """Whether the lists are of today."""
        try:
            return 0 <= time.time() - self._stamp.stat().st_mtime < _FRESH
        except FileNotFoundError:
            return False

    @property
    def sources(self) -> str:
        """The sources.list for the machine: where the packages came from."""
        return re.sub(r"\[.*?\] ", "", self._sources.read_text())

    def refresh(self) -> None:
        """Fetch the lists, or learn that they have not changed. Raises Unavailable."""
        candidates = self._candidates()
        self._write_sources(candidates)
        problem = self._run("apt-get", "-qq", "update", fails=True)[1]
        form = "$(ORIGIN) $(REPO_URI) $(RELEASE)"
        listed = self._run("apt-get", "indextargets", "--format", form, "Created-By: Packages")[0].splitlines()
        kept = [(uri, suite) for uri, suite in candidates if f"Debian {uri} {suite}" in listed]
        if self._suite not in [suite for _, suite in kept]:
            reason = problem or "the archive is not Debian's"
            raise Unavailable(f"apt has no Debian suite {self._suite}: {reason}. {_HELP}")
        self._write_sources(kept)
        self._stamp.touch()

    def packages(self) -> list[Package]:
        """What a system with apt needs, as the lists have it. Raises Unavailable."""
        essential = set(self._planned("?essential"))
        files = self._planned(*_SET)
        wanted = [file.removesuffix(".deb").replace("%3a", ":").split("_") for file in files]
        shown = self._run("apt-cache", "show", *(f"{name}={version}" for name, version, _ in wanted))[0]
        digests = dict(_digests(shown))
        found = []
        for file, (name, version, _) in zip(files, wanted, strict=True):
            if (name, version) not in digests:
                raise Unavailable(f"apt does not say what {file} must hold. {_HELP}")
            found.append(Package(file, digests[name, version], file in essential))
        return found

    def download(self, packages: list[Package]) -> list[Path]:
        """The files, fetched if they are not there, and checked again. Raises Unavailable."""
        self._run("apt-get", "-qq", "-y", "--no-install-recommends", "--download-only", "install", *_SET)
        paths = [self._directory / "cache/archives" / package.file for package in packages]
        for path, package in zip(paths, packages, strict=True):
            self._check()
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                raise Unavailable(f"apt-get did not fetch {package.file}. {_HELP}") from None
            if hashlib.sha256(content).hexdigest() != package.sha256:
                path.unlink()
                raise Unavailable(f"{package.file} is not what the archive's index says. Try again.")
        for path in (self._directory / "cache/archives").glob("*.deb"):
            if path not in paths:
                path.unlink()  # of an older day
        return paths

    def _planned(self, *patterns: str) -> list[str]:
        """File names, in apt's order of installing."""
        empty = f"-oDir::Cache::archives={self._directory}/none"  # what is there already is not named
        words = ("-qq", "-y", "--no-install-recommends", "--print-uris", "install", *patterns)
        printed = self._run("apt-get", empty, *words)[0]
        return [line.split(" ")[1] for line in printed.splitlines() if line.startswith("'")]

    def _candidates(self) -> list[tuple[str, str]]:
        """(URI, suite) of this host's own Debian sources, turned to the suite that is wanted."""
        form = ("--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages")
        printed = self._run("apt-get", "--no-release-info", "indextargets", *form, ours=False)[0]
        places = [line.split(" ") for line in dict.fromkeys(printed.splitlines())]
        main = [(uri, release) for uri, release, component in places if component == "main"]
        releases = [release for _, release in main]
        own = _codename()
        if own not in releases:
            own = next((release for release in releases if f"{release}-updates" in releases), "")
        if not own:
            raise Unavailable(f"apt on this host has no sources of Debian. {_HELP}")
        self._suite = self._suite or own
        parts = {own: "", f"{own}-updates": "-updates", f"{own}-security": "-security"}
        return [(uri, self._suite + parts[release]) for uri, release in main if release in parts]

    def _write_sources(self, places: list[tuple[str, str]]) -> None:
        signed = f"[signed-by={_KEYRING}] " if _KEYRING.exists() else ""
        self._sources.write_text("".join(f"deb {signed}{uri} {suite} main\n" for uri, suite in places))

    def _run(self, program: str, *words: str, ours: bool = True, fails: bool = False) -> tuple[str, str]:
        """(what it printed, its last complaint). ours: with our sources instead of the host's."""
        where = self._directory
        options = [f"-oDir::State::Lists={where}/lists", f"-oDir::Cache={where}/cache"]
        options += [f"-oDir::State::status={where}/status", "-oDebug::NoLocking=1", "-oAPT::Sandbox::User="]
        if ours:
            options += [f"-oDir::Etc::sourcelist={self._sources}", "-oDir::Etc::sourceparts=/dev/null"]
        process = subprocess.Popen(
            [program, *options, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "LC_ALL": "C"},
        )
        printed, errors = self._wait(process)
        complaints = [line for line in errors.splitlines() if line.startswith(("E:", "W:"))]
        last = complaints[0] if complaints else errors.strip()
        if process.returncode and not fails:
            raise Unavailable(f"{program} cannot do this: {last}. {_HELP}")
        return printed, last

    def _wait(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        try:
            while True:
                try:
                    return process.communicate(timeout=_PATIENCE)
                except subprocess.TimeoutExpired:
                    self._check()
        except BaseException:
            process.kill()
            process.communicate()
            raise


def _digests(shown: str) -> Iterator[tuple[tuple[str, str], str]]:
    """((name, version), SHA-256) of the paragraphs that `apt-cache show` prints."""
    for paragraph in shown.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Version|SHA256): (\S+)", paragraph, re.MULTILINE))
        if len(fields) == 3:
            yield (fields["Package"], fields["Version"]), fields["SHA256"]


def _codename() -> str:
    try:
        words = dict(re.findall(r'^(\w+)="?([^"\n]*)', Path("/etc/os-release").read_text(), re.MULTILINE))
    except OSError:
        return ""
    return words.get("VERSION_CODENAME", "") if words.get("ID") == "debian" else ""
