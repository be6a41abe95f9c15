"""Roll back in real machines: exactly what was promised comes back, and what does not is told beforehand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.docker import docker, docker_image  # noqa: F401 (a fixture)
from support.faults import Fact, bakehouse, sane, watched

TEMPLATE = """
variable "image" { default = "" }
source "rootfs" "r" { output = "out.tar" }
source "docker" "d" {
  image   = var.image
  pull    = false
  discard = true
}
build {
  sources = ["source.rootfs.r", "source.docker.d"]
  provisioner "shell" {
    name   = "one"
    inline = ["echo one > /one; mkdir /kept; echo kept > /kept/file; chmod 640 /kept/file; ln -s one /link"]
  }
  provisioner "shell" {
    name   = "two"
    inline = ["echo two > /two; setsid sleep 31536501 >/dev/null 2>&1 & echo $! > /pid",
              "until grep -q sleep /proc/$(cat /pid)/comm; do :; done"]
  }
  provisioner "shell" {
    name   = "three"
    script = "three.sh"
  }
  provisioner "shell" {
    name   = "look"
    inline = ["ls /dirt 2>&1 || cat /kept/file /three; readlink /link; stat -c %a /kept/file",
              "if kill -0 $(cat /pid) 2>/dev/null; then echo alive; else echo ended; fi"]
  }
}
"""
DIRTY = "#!/bin/sh\necho x > /dirt; rm -r /kept; rm /link; ln -s two /link; echo half > /three; exit 3\n"
CLEAN = "#!/bin/sh\necho whole >> /three\n"
KINDS = [
    pytest.param("rootfs.r", marks=pytest.mark.needs("user-namespaces")),
    pytest.param("docker.d", marks=pytest.mark.needs("docker")),
]


@pytest.fixture
def image(request: pytest.FixtureRequest) -> str:
    return "-" if "rootfs" in request.node.name else str(request.getfixturevalue("docker_image"))


@pytest.fixture(autouse=True)
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("state", "cache", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path / "work")
    Path("app.pkr.hcl").write_text(TEMPLATE)
    Path("three.sh").write_text(DIRTY)


def bodies(facts: list[Fact], kind: str) -> list[Fact]:
    return [fact["body"] for fact in facts if fact["kind"] == kind]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("to", ["three", "two", "one"])
def test_the_machine_is_as_it_was_before_the_step(kind: str, to: str, image: str) -> None:
    words = ("-on-error=pause", "--hold=8s", "--checkpoints=each", f"-only={kind}", "-var", f"image={image}")
    with watched(*words, "app.pkr.hcl") as build:
        build.until(lambda fact: fact["kind"] == "BuildPaused")
        Path("three.sh").write_text(CLEAN)
        told = bakehouse("ctl", build.run, kind, "rollback-retry", to, "--changed")
        assert json.loads(sane(told))["accepted"], told
        assert build.end() == 0, build.errors()
    text = [body["text"] for body in bodies(build.facts, "Line")]
    assert [line for line in text if line.endswith("/dirt: No such file or directory")]
    assert text.count("whole") == 1
    assert "half" not in text
    assert [line for line in text if line in ("kept", "one", "640")] == ["kept", "one", "640"]
    [rewound] = bodies(build.facts, "BuildRewound")
    made = {body["id"]: body for body in bodies(build.facts, "CheckpointMade")}
    assert made[rewound["checkpoint"]]["step"] == rewound["step"]
    if to == "three":  # the daemon of step two had begun before
        assert "ended" in text
        assert any("sleep" in each for each in rewound["lost"])
        assert rewound["lost"] == made[rewound["checkpoint"]]["lost"]
        assert made[rewound["checkpoint"]].get("why_not")
    else:
        assert "alive" in text
        assert not any("sleep" in each for each in rewound.get("lost", []))
    assert sane(bakehouse("gc")) == "Nothing is left behind.\n"
    assert sane(bakehouse("cache", "list")) == "The cache is empty.\n"
    if kind == "docker.d":
        installation = Path("../state/bakehouse/installation").read_text().strip()
        assert f"bakehouse-{installation}-" not in docker("images", "--format", "{{.Tag}}", "bakehouse-checkpoint")
