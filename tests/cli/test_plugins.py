"""`init` and `plugins`: what is built in, what is missing, what nobody needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bakehouse.cli.verbs import dispatch

TEMPLATE = """
packer {
  required_plugins {
    docker = {
      source  = "github.com/hashicorp/docker"
      version = ">= 1.0"
    }
    pods = {
      source  = "github.com/example/podman"
      version = "~> 0.2"
    }
  }
}
source "null" "here" {
  communicator = "none"
}
source "podman" "box" {
}
build {
  sources = ["null.here"]
}
build {
  name    = "boxes"
  sources = ["podman.box"]
  post-processor "podman-push" {
  }
}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pkr.hcl").write_text(TEMPLATE)
    (tmp_path / "none").mkdir()
    (tmp_path / "none/n.pkr.hcl").write_text('source "null" "x" {\n  communicator = "none"\n}\n')
    (tmp_path / "old.json").write_text('{"builders": [{"type": "null", "communicator": "none"}]}')


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = dispatch(list(words))
    said = capsys.readouterr()
    return status, said.out, said.err


def test_init_names_every_plugin_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "init", ".")
    assert status == 1
    assert out.splitlines() == [
        "docker  github.com/hashicorp/docker >= 1.0  built in",
        "pods  github.com/example/podman ~> 0.2  missing (for podman, podman-push)",
    ]
    assert '"pods" is not built in' in err and "-only" in err


def test_init_does_not_ask_for_what_the_chosen_builds_do_without(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "init", "-upgrade", "-force", "-only=null.*", ".")
    assert (status, err) == (0, "")
    assert out.splitlines()[1] == "pods  github.com/example/podman ~> 0.2  not needed"
    assert run(capsys, "validate", "-only=null.*", ".")[0] == 0
    assert run(capsys, "validate", "-except=boxes.*", ".")[0] == 0
    assert run(capsys, "validate", "-only=boxes.*", ".")[0] == 1


def test_what_is_required_and_not_used_is_missing_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    text = TEMPLATE[: TEMPLATE.index('source "podman"')] + 'build {\n  sources = ["null.here"]\n}\n'
    Path("a.pkr.hcl").write_text(text)
    assert run(capsys, "init", ".")[0] == 1
    status, out, _ = run(capsys, "validate", ".")
    assert status == 1 and 'Not built in: "podman" (a.pkr.hcl:8)' in out


def test_a_missing_plugin_is_one_mistake_and_not_one_for_every_component(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "validate", ".")
    assert out.count("Error:") == 1
    assert "The template uses of it: podman, podman-push." in out


def test_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "init", "none")[:2] == (0, "The template asks for no plugins, so there is nothing to do.\n")
    assert run(capsys, "plugins", "required", "none")[:2] == (0, "The template asks for no plugins.\n")


@pytest.mark.parametrize("words", [("init", "old.json"), ("plugins", "required", "old.json")])
def test_a_json_template_asks_for_no_plugins(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    status, _, err = run(capsys, *words)
    assert status == 1 and "legacy JSON" in err


@pytest.mark.parametrize("words", [("init",), ("init", "nope"), ("plugins", "required"), ("plugins", "install")])
def test_what_is_left_out_or_not_there(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    assert run(capsys, *words)[0] == 1


def test_required_tells_the_same_and_does_not_judge(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "plugins", "required", ".")
    assert status == 0 and "missing (for podman, podman-push)" in out
    docker, pods = map(json.loads, run(capsys, "plugin", "required", "-json", ".")[1].splitlines())
    assert (docker["standing"], docker["components"]) == ("built in", [])
    assert (pods["name"], pods["source"], pods["version"]) == ("pods", "github.com/example/podman", "~> 0.2")
    assert (pods["place"]["file"], pods["place"]["line"]) == ("a.pkr.hcl", 8)


def test_installed_lists_what_is_built_in(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "plugins", "installed")
    assert status == 0
    assert ["builder", "docker"] in [line.split() for line in out.splitlines()]
    found = list(map(json.loads, run(capsys, "plugins", "installed", "-json")[1].splitlines()))
    assert {"kind": "post-processor", "name": "compress"} in found


@pytest.mark.parametrize(
    "words, status",
    [
        (("install", "github.com/hashicorp/docker"), 0),
        (("install", "-force", "github.com/hashicorp/docker", ">= 1.0"), 0),
        (("install", "github.com/hashicorp/docker", "newest"), 1),
        (("install", "github.com/example/podman"), 1),
        (("install", "docker"), 1),
        (("install", "-path", "./plugin", "github.com/hashicorp/docker"), 1),
        (("remove", "github.com/hashicorp/docker"), 1),
        (("remove", "github.com/example/podman"), 1),
        (("-h",), 0),
        ((), 127),
        (("instal",), 127),
    ],
)
def test_exit_codes(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int) -> None:
    assert run(capsys, "plugins", *words)[0] == status
