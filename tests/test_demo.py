"""`make demo`, here and on a fresh Debian in a plain, unprivileged container."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
IMAGES = ("web", "files", "toolbox")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what git knows of, as a fresh clone would have it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    target = tmp_path / "checkout"
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def digest_of(archive: Path) -> str:
    """The digest that skopeo reads from an OCI archive, after checking that it can."""
    done = subprocess.run(["skopeo", "inspect", f"oci-archive:{archive}"], capture_output=True, text=True, check=True)
    return str(json.loads(done.stdout)["Digest"])


@pytest.mark.needs("skopeo")
def test_the_demo_builds_three_images_and_stops_where_nobody_is(checkout: Path) -> None:
    done = subprocess.run(
        [".ci/demo"],
        cwd=checkout,
        env={**os.environ, "BAKEHOUSE": str(Path(sys.executable).with_name("bakehouse"))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tier " in done.stdout
    assert "first-light-c0ffee" not in done.stdout
    assert "<sensitive>" in done.stdout
    output = checkout / ".demo/output/first-light"
    assert len({digest_of(output / f"{name}.tar") for name in IMAGES}) == 3
    manifest = json.loads((output / "manifest.json").read_text())
    assert sorted(build["custom_data"]["image"] for build in manifest["builds"]) == sorted(IMAGES)
    assert (output / "sha256sums").read_text().count("\n") == 3


@pytest.fixture(scope="module")
def debian() -> Iterator[str]:
    """A Docker image of a fresh Debian 12 that has Python and make and nothing else: not even venv."""
    name = f"bakehouse-test:{uuid.uuid4().hex[:8]}"
    build = (
        f"mmdebstrap --quiet --variant=apt --include=python3,make,ca-certificates bookworm - | docker import - {name}"
    )
    subprocess.run(["bash", "-o", "pipefail", "-c", build], check=True, capture_output=True)
    yield name
    subprocess.run(["docker", "rmi", "-f", name], check=True, capture_output=True)


def _mounts() -> list[str]:
    """This machine's own settings for apt and pip, so that the container reaches what the machine reaches."""
    paths = ["/etc/apt/sources.list.d", "/etc/apt/apt.conf.d", "/etc/pip.conf", "/etc/xdg/pip", "/etc/ssl/certs"]
    paths += ["/etc/apt/sources.list", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"]
    mounts = [f"--volume={path}:{path}:ro" for path in paths if Path(path).exists()]
    return mounts + [f"--env={name}={value}" for name, value in os.environ.items() if name.startswith("PIP_")]


@pytest.mark.needs("docker", "mmdebstrap", "skopeo", "root")
@pytest.mark.timeout(900)
def test_make_demo_in_a_plain_container(checkout: Path, debian: str) -> None:
    """As root, without user namespaces or mounts: the chroot tier, after installing what was missing."""
    done = subprocess.run(
        ["docker", "run", "--rm", f"--volume={checkout}:/src", *_mounts(), "--workdir=/src", debian, "make", "demo"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tier chroot" in done.stdout
    output = checkout / ".demo/output/first-light"
    assert len({digest_of(output / f"{name}.tar") for name in IMAGES}) == 3
