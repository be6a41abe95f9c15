"""The docker builder's options: mistakes told before any daemon is asked."""

from __future__ import annotations

from typing import Any

import pytest

from bakehouse import registry
from bakehouse.sdk import Argument
from bakehouse.sdk.decode import decode, not_yet


def problems_of(**options: Any) -> list[str]:
    component = registry.load("builder", "docker")
    config, problems = decode(component, {name: Argument(value) for name, value in options.items()})
    assert (config is None) == bool(problems)
    return [f"{problem.summary}. {problem.detail}" for problem in problems]


def test_the_least_that_is_needed() -> None:
    assert problems_of(image="x", commit=True) == []
    assert problems_of(image="x", discard="true") == []
    assert problems_of(image="x", export_path="x.tar") == []


def test_one_result_exactly() -> None:
    assert "One of commit, export_path and discard is needed" in problems_of(image="x")[0]
    assert "commit and discard exclude each other" in problems_of(image="x", commit=True, discard=True)[0]
    told = problems_of(image="x", commit=True, export_path="y", discard=True)[0]
    assert "commit and export_path and discard exclude each other" in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("build", [{"path": "Dockerfile"}]),
        ("container_dir", "/x"),
        ("device", ["/dev/fuse"]),
        ("cap_add", ["ALL"]),
        ("cap_drop", ["ALL"]),
        ("docker_path", "podman"),
        ("pty", True),
        ("runtime", "runsc"),
        ("tmpfs", ["/run"]),
        ("fix_upload_owner", True),
        ("windows_container", True),
        ("platform", "linux/arm64"),
        ("login", True),
        ("login_username", "x"),
        ("login_password", "x"),
        ("login_server", "x"),
        ("ecr_login", True),
        ("aws_access_key", "x"),
        ("aws_secret_key", "x"),
        ("aws_token", "x"),
        ("aws_profile", "x"),
        ("aws_force_use_public_ecr", True),
    ],
)
def test_options_of_packers_that_are_still_to_come_are_named(name: str, value: Any) -> None:
    arguments = {key: Argument(given) for key, given in {"image": "x", "commit": True, name: value}.items()}
    component = registry.load("builder", "docker")
    config, problems = decode(component, arguments)
    assert problems == []
    [told] = not_yet(component, config, arguments)
    assert told.summary == f'Option "{name}" is not supported yet'


def test_run_command_is_checked() -> None:
    [told] = problems_of(image="x", commit=True, run_command=["--rm", "{{.Image}}"])
    assert "run_command cannot be used" in told and "--rm" in told
    [told] = problems_of(image="x", commit=True, run_command=["{{.Image"])
    assert "has no end" in told


def test_only_its_own_communicator() -> None:
    [told] = problems_of(image="x", commit=True, communicator="ssh")
    assert 'must be one of "docker"' in told
