"""Which tier is taken, and what is said where none works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse.sdk import Unavailable
from bakehouse_builders.rootfs import places, tiers
from support.docker import docker_image
from support.rootfs import ORDINARY, place_for_anyone, python_for_anyone

__all__ = ["docker_image"]


def test_a_tier_that_works_is_found_and_remembered() -> None:
    tier = tiers.choose()
    assert tier is tiers.choose()
    assert tier.description.startswith(f"tier {tier.name}")


@pytest.mark.needs("root", "user-namespaces")
def test_root_takes_namespaces_first() -> None:
    assert tiers.choose() == tiers.Tier("root", "overlay")


def test_a_forced_tier_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tiers.FORCE, "vm")
    with pytest.raises(
        Unavailable, match='BAKEHOUSE_ROOTFS_TIER is "vm"; it can be range, root, single, chroot, proot'
    ):
        tiers.choose()


@pytest.mark.needs("root", "user-namespaces")
def test_where_overlays_do_not_stack_the_base_is_copied(tmp_path: Path) -> None:
    """As in a privileged container, whose own root is an overlay."""
    script = (
        "import os, sys; from pathlib import Path; from bakehouse.clients.isolation import kernel\n"
        "kernel.unshare(kernel.CLONE_NEWNS); kernel.mount(None, '/', None, kernel.MS_REC | kernel.MS_PRIVATE)\n"
        f"os.chdir({str(tmp_path)!r})\n"
        "for name in ('lower', 'upper', 'work', 'root'): os.mkdir(name)\n"
        "kernel.mount('overlay', 'root', 'overlay', 0, 'lowerdir=lower,upperdir=upper,workdir=work')\n"
        "from bakehouse_builders.rootfs import tiers; print(*tiers.probe('root', Path('root').absolute()))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "True copy\n", done.stderr


@pytest.mark.needs("docker")
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], '"tier": "chroot"'),
        (
            ["--cap-add=SYS_ADMIN", "--security-opt=seccomp=unconfined", "--security-opt=apparmor=unconfined"],
            '"tier": "root"',
        ),
        pytest.param([f"--user={ORDINARY}"], '"tier": "proot"', marks=pytest.mark.needs("proot")),
        (
            [f"--user={ORDINARY}", "-ePATH=/bin"],
            "  tier single: unshare: Operation not permitted\n  tier proot: proot is not installed",
        ),
    ],
    ids=["plain", "with-more-rights", "ordinary", "ordinary-without-proot"],
)
def test_in_a_container(options: list[str], expected: str, docker_image: str) -> None:
    """A whole build; the container borrows this host's /usr for an interpreter and a busybox."""
    with place_for_anyone() as where:
        volumes = [f"-v{path}:ro" for path in ("/usr:/usr", "/usr/lib:/lib", "/usr/lib64:/lib64", f"{where}:/w")]
        variables = {"PYTHONPATH": "/w/source/app:/w/source/builders:/w/source/tests", "XDG_CACHE_HOME": "/tmp/cache"}
        command = ["docker", "run", "--rm", "--network=none", *volumes, *options]
        command += [f"-e{name}={value}" for name, value in variables.items()]
        command += [docker_image, python_for_anyone(), "-P", "/w/source/tests/support/rootfs_engine.py"]
        done = subprocess.run([*command, "end", "/tmp/out", "bakehouse-tests-inside"], capture_output=True, text=True)
    assert expected in done.stdout + done.stderr, done.stderr
    assert (done.returncode == 0) == expected.startswith('"tier"')


@pytest.mark.needs("ordinary-user", "user-namespaces")
def test_none_at_all_says_what_would_help(tmp_path: Path) -> None:
    """An ordinary user where the number of user namespaces is limited to none, as some distributions have it."""
    script = (
        "import os; from bakehouse.clients.isolation import kernel; uid = os.geteuid()\n"
        "kernel.unshare(kernel.CLONE_NEWUSER); open('/proc/self/uid_map', 'w').write(f'1000 {uid} 1')\n"
        "open('/proc/sys/user/max_user_namespaces', 'w').write('0')\n"
        "from bakehouse_builders.rootfs import tiers; from bakehouse.sdk import Unavailable\n"
        f"os.environ['PATH'] = {str(tmp_path)!r}\n"
        "try: tiers.choose()\n"
        "except Unavailable as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    first, ids, second, proot, third, *help = done.stdout.splitlines()
    assert first == "No isolation for the rootfs builder is to be had here. Tried as uid 1000:"
    assert second == "  tier single: unshare: no more user namespaces are allowed"
    assert ids.startswith("  tier range: ")
    assert proot == "  tier proot: proot is not installed, and there is no apt-get to fetch it with"
    assert third.startswith("What would help: run Bakehouse as root")
    assert help[-1].endswith("Or use the docker builder, which needs none of this.")


def test_without_a_home_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "cache"))
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="Not a directory. Set XDG_CACHE_HOME or BAKEHOUSE_MACHINES to"):
        places.cache_directory()


def test_the_cache_is_for_its_owner_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "bakehouse").mkdir(mode=0o755)
    places.machines_directory()
    assert os.stat(tmp_path / "bakehouse").st_mode & 0o777 == 0o700


def test_a_tree_without_permissions_is_removed(tmp_path: Path) -> None:
    inner = tmp_path / "a/b/c"
    inner.mkdir(parents=True)
    (inner / "file").touch()
    for directory in (inner, inner.parent, tmp_path / "a"):
        directory.chmod(0)
    places.remove_tree(tmp_path / "a")
    places.remove_tree(tmp_path / "a")
    assert not (tmp_path / "a").exists()
