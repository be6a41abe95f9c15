"""References of images, and whose credentials a pull carries."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from bakehouse.clients.docker_images import _authorisation, split_reference, valid_reference


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("busybox", ("busybox", "")),
        ("busybox:1.36", ("busybox", "1.36")),
        ("localhost:5000/team/app", ("localhost:5000/team/app", "")),
        ("localhost:5000/team/app:v2", ("localhost:5000/team/app", "v2")),
        ("app@sha256:abc", ("app", "sha256:abc")),
    ],
)
def test_references_are_split(reference: str, parts: tuple[str, str]) -> None:
    assert split_reference(reference) == parts


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("003-ubuntu", "003-ubuntu"),
        ("A b/C..d__", "a-b-c-d"),
        ("..", "x"),
        ("", "x"),
        ("é" * 5, "x"),
        ("a" * 300, "a" * 128),
    ],
)
def test_any_name_becomes_part_of_a_reference(text: str, valid: str) -> None:
    assert valid_reference(text) == valid


@pytest.mark.parametrize(
    ("repository", "user"), [("registry.example:5000/app", "one"), ("library/app", "hub"), ("other.example/app", None)]
)
def test_a_pull_carries_the_login_of_its_registry(
    repository: str, user: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def login(name: str) -> dict[str, str]:
        return {"auth": base64.b64encode(f"{name}:pass:word".encode()).decode()}

    entries = {"registry.example:5000": login("one"), "https://index.docker.io/v1/": login("hub")}
    (tmp_path / "config.json").write_text(json.dumps({"auths": entries}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    headers = _authorisation(repository)
    if user is None:
        assert headers == {}
        return
    sent = json.loads(base64.urlsafe_b64decode(headers["X-Registry-Auth"]))
    assert (sent["username"], sent["password"]) == (user, "pass:word")


def test_a_broken_docker_configuration_is_no_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text("{")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert _authorisation("registry.example/app") == {}
