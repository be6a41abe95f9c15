"""`docker run`'s flags as the API's fields; the fields are what the docker program 20.10 sends for the same words."""

from __future__ import annotations

from typing import Any

import pytest

from bakehouse.clients.docker_run import parse_run_arguments
from bakehouse.sdk import StepError


def test_packers_default() -> None:
    found = parse_run_arguments(["-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "debian:12"])
    assert found.image == "debian:12"
    assert found.config == {"OpenStdin": True, "Tty": True, "Entrypoint": ["/bin/sh"]}
    assert found.host == {}


@pytest.mark.parametrize(
    ("words", "config", "host"),
    [
        (["-dit"], {"OpenStdin": True, "Tty": True}, {}),
        (["-e", "A=1", "-eB=2=3", "--env=C="], {"Env": ["A=1", "B=2=3", "C="]}, {}),
        (["-v", "/a:/b", "--volume=c:/d:ro"], {}, {"Binds": ["/a:/b", "c:/d:ro"]}),
        (["--entrypoint", "/sbin/init"], {"Entrypoint": ["/sbin/init"]}, {}),
        (["--privileged", "--init=false"], {}, {"Privileged": True, "Init": False}),
        (["-m", "512m", "--shm-size=2g"], {}, {"Memory": 512 << 20, "ShmSize": 2 << 30}),
        (["--cpus", "1.5", "-c", "512"], {}, {"NanoCpus": 1_500_000_000, "CpuShares": 512}),
        (["--tmpfs", "/run:size=1m", "--tmpfs=/tmp"], {}, {"Tmpfs": {"/run": "size=1m", "/tmp": ""}}),
        (["-u", "worker", "-w", "/srv", "-h", "box"], {"User": "worker", "WorkingDir": "/srv", "Hostname": "box"}, {}),
        (["--network", "host", "--cap-add=NET_ADMIN"], {}, {"NetworkMode": "host", "CapAdd": ["NET_ADMIN"]}),
        (
            ["--device=/dev/fuse:/dev/x:r"],
            {},
            {"Devices": [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/x", "CgroupPermissions": "r"}]},
        ),
        (
            ["-p", "127.0.0.1:8080:80"],
            {"ExposedPorts": {"80/tcp": {}}},
            {"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}},
        ),
    ],
)
def test_flags(words: list[str], config: dict[str, Any], host: dict[str, Any]) -> None:
    found = parse_run_arguments([*words, "image"])
    assert (found.image, found.config, found.host) == ("image", config, host)


def test_words_after_the_image_are_its_command() -> None:
    found = parse_run_arguments(["-d", "image", "sleep", "--entrypoint", "1d"])
    assert found.config == {"Cmd": ["sleep", "--entrypoint", "1d"]}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--rm", "image"], "--rm cannot be used"),
        (["--name=x", "image"], "--name cannot be used"),
        (["--label", "a=b", "image"], "--label cannot be used"),
        (["--frobnicate", "image"], "--frobnicate is not supported"),
        (["-dX", "image"], "-X is not supported"),
        (["-d", "--"], "names no image"),
        (["-d", "--", ""], "names no image"),
        ([], "names no image"),
        (["-e"], "-e needs a value"),
        (["-m", "much", "image"], "much is no size"),
        (["--cpus=two", "image"], "two is no number"),
        (["--privileged=maybe", "image"], "maybe is neither"),
        (["-e", "NAME", "image"], "NAME has no value"),
    ],
)
def test_what_cannot_be_is_named(words: list[str], told: str) -> None:
    with pytest.raises(StepError, match=told):
        parse_run_arguments(words)
