"""Sensitive values are planted wherever a template can put them, and looked for wherever a build leaves bytes."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shlex
import socket
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from bakehouse.record.fold import fold
from bakehouse.record.reader import read_events
from bakehouse.record.rundir import RunDirectory
from bakehouse.session.client import Session
from support.docker import docker, exists
from support.faults import Watched, bakehouse, eventually, only_run, sane, watched

SECRET = "p@ss/w+rd&\"q'ü$9Zk<3"
KEY = "-----BEGIN KEY-----\nMIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6\nLongEnough1tPf9Cnzj4p4WGe\n-----END KEY-----\n"
LINES = [line for line in KEY.splitlines() if "-----" not in line]
HEAD = """
variable "token" {
  type      = string
  sensitive = true
}
variable "key" {
  type      = string
  sensitive = true
}
local "derived" {
  expression = "x-${var.token}-y"
  sensitive  = true
}
variable "image" { default = "" }
"""
SOURCES = {
    "rootfs": 'source "rootfs" "a" {\n  output  = "out/a.tar"\n  changes = ["LABEL a=b"]\n}\n',
    "docker": 'source "docker" "a" {\n  image = var.image\n  pull = false\n  commit = true\n  message = "made"\n}\n',
    "null": 'source "null" "a" { communicator = "none" }\n',
}
LOUD = r"""
echo "raw $TOKEN"; echo "$TOKEN" >&2; printf '%s' "$TOKEN" | base64; printf 'x%s' "$TOKEN" | base64
printf 'xy%s' "$TOKEN" | base64; echo "$KEY"; printf '%s' "$KEY" | base64; echo "$QUOTED"; echo "$URL"; echo "$JSON"
for part in "${TOKEN%"${TOKEN#?????}"}" "${TOKEN#?????}"; do printf '%s' "$part"; sleep 0.05; done; echo
set -x; : "$TOKEN"; set +x
echo "$DERIVED"; echo end of the loud ones
"""
PROVISIONERS = """
  provisioner "KIND" {
    environment_vars = [
      "TOKEN=${var.token}", "KEY=${var.key}", "DERIVED=${local.derived}",
      "JSON=${jsonencode({ a = var.token })}", "URL=http://u:${urlencode(var.token)}@h/",
      "QUOTED='${replace(var.token, "'", "'\\\\''")}'",
    ]
    script = "loud.sh"
  }
  provisioner "KIND" {
    inline = ["printf '%s' '${base64encode(var.token)}' | base64 -d; echo"]
  }
  provisioner "KIND" {
    inline = [": a long command before it; printf %s ${base64encode(var.token)}"]
  }
  provisioner "KIND" {
    inline = ["cat <<'END'\\n${var.token}\\nEND"]
  }
"""
TAIL = """
  provisioner "KIND" {
    name = "named ${var.token}"
    inline = ["# ${var.token}", "echo holding; while [ ! -e HERE/go ]; do sleep 0.02; done"]
  }
  post-processor "shell-local" {
    environment_vars = ["TOKEN=${var.token}"]
    inline = ["echo $TOKEN; echo '${base64encode(var.token)}'"]
  }
  post-processor "manifest" {
    output      = "out/manifest.json"
    custom_data = { token = var.token }
  }
"""


def forms(secret: str) -> dict[str, bytes]:
    """How the secret would look if it were not masked."""
    raw = secret.encode()
    found = {
        "raw": raw,
        "its beginning": raw[:7],
        "its end": raw[-9:],
        "json": json.dumps(secret)[1:-1].encode(),
        "json in UTF-8": json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        "url": quote(secret, safe="").encode(),
        "form": quote_plus(secret).encode(),
        "shell": shlex.quote(secret)[1:-1].encode(),
    }
    for shift in range(3):
        found[f"base64, shifted by {shift}"] = base64.b64encode(b"z" * shift + raw)[4:20]
    return found


FORMS = {
    **{f"token, {name}": form for name, form in forms(SECRET).items()},
    **{f"key, {name}": form for line in LINES for name, form in forms(line).items()},
}


def leaks(data: bytes) -> list[str]:
    return [
        f"{name}: {data[max(0, at - 60) : at + 60]!r}" for name, form in FORMS.items() if (at := data.find(form)) >= 0
    ]


@contextmanager
def command_lines_watched() -> Iterator[list[str]]:
    """Looks at every command line of the host all the time, as `ps` would show it."""
    seen: list[str] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.extend(leaks(path.read_bytes()))
                except OSError:
                    continue

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def overheard(run_socket: str) -> bytes:
    """All that a viewer is told, to the end of the run, byte for byte."""
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(30)
        door.connect(run_socket)
        heard = door.recv(65536)
        hello = json.loads(heard)
        join = {"type": "join", "protocol": hello["protocol"], "version": hello["version"], "after": 0}
        door.sendall(json.dumps(join).encode() + b"\n")
        while data := door.recv(65536):
            heard += data
    return heard


def template(builder: str, *more: str) -> None:
    """`go` lets the last step end: on the host for shell-local, in the machine it is made at once."""
    kind = "shell-local" if builder == "null" else "shell"
    here = str(Path.cwd()) if builder == "null" else "/tmp"
    text = "".join((PROVISIONERS, *more)).replace("KIND", kind).replace("HERE", here)
    Path("t.pkr.hcl").write_text(f'{HEAD}{SOURCES[builder]}build {{\n  sources = ["{builder}.a"]\n{text}}}\n')
    Path("loud.sh").write_text(f"#!/bin/sh\n{LOUD}")


@pytest.fixture(autouse=True)
def planted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PKR_VAR_token", SECRET)
    monkeypatch.setenv("PKR_VAR_key", KEY)
    yield
    for run in RunDirectory.list():
        for build in fold(read_events(run.path)).builds.values():
            for artifact in build.artifacts:
                if "docker" in artifact.builder_id and exists("image", artifact.id):
                    docker("rmi", "--no-prune", f"bakehouse/{run.run}:{build.key}")


def record() -> dict[str, bytes]:
    """Every file of the run."""
    return {str(path): path.read_bytes() for path in only_run().path.rglob("*") if path.is_file()}


def nothing_leaked(build: Watched) -> None:
    assert build.process.stderr is not None
    assert leaks(json.dumps(build.facts, ensure_ascii=False).encode()) == []
    assert leaks(build.process.stderr.read()) == []
    assert {path: found for path, data in record().items() if (found := leaks(data))} == {}
    for words in (("logs", only_run().run), ("runs",), ("runs", "--json"), ("gc", "--dry-run")):
        assert leaks(sane(bakehouse(*words)).encode()) == []


def test_the_forms_are_found_where_nothing_masks_them() -> None:
    """The test itself: all that the loud script prints would be found."""
    template("null")
    environment = {
        **os.environ,
        "TOKEN": SECRET,
        "KEY": KEY,
        "JSON": json.dumps({"a": SECRET}),
        "URL": f"http://u:{quote(SECRET, safe='')}@h/",
        "QUOTED": shlex.quote(SECRET),
        "DERIVED": "",
    }
    done = subprocess.run(["sh", "loud.sh"], capture_output=True, env=environment)
    assert len({found.partition(":")[0] for found in leaks(done.stdout + done.stderr)}) >= 9


@pytest.mark.parametrize(
    "builder",
    [
        "null",
        pytest.param("rootfs", marks=pytest.mark.needs("user-namespaces")),
        pytest.param("docker", marks=pytest.mark.needs("docker")),
    ],
)
def test_a_build_that_succeeds(builder: str, request: pytest.FixtureRequest) -> None:
    image = request.getfixturevalue("docker_image") if builder == "docker" else ""
    template(builder, TAIL if builder == "null" else TAIL.replace("while [", "touch HERE/go; while ["))
    with command_lines_watched() as seen, watched("-var", f"image={image}", "t.pkr.hcl") as build:
        build.until_line("end of the loud ones")
        heard: list[bytes] = []
        listener = threading.Thread(target=lambda: heard.append(overheard(only_run().info.socket)))
        if builder == "null":
            listener.start()
            build.until_line("holding")
            eventually(lambda: only_run().info.socket, "it is served")
            Path("go").touch()
        assert build.end() == 0
        if builder == "null":
            listener.join()
            assert b"RunFinished" in heard[0]
            assert leaks(heard[0]) == []
        nothing_leaked(build)
    assert seen == []
    assert b"<sensitive>" in only_run().log("001-a").read_bytes()
    if builder == "rootfs":
        assert inside_of_archive(Path("out/a.tar")) == []
    if builder == "docker":
        name = f"bakehouse/{only_run().run}:001-a"
        assert leaks(docker("image", "inspect", name).encode()) == []
        assert leaks(docker("history", "--no-trunc", name).encode()) == []
        docker("save", "--output", "saved.tar", name)
        assert inside_of_archive(Path("saved.tar")) == []


def inside_of_archive(path: Path) -> list[str]:
    """Leaks in any blob of an image archive, unpacked."""
    found = []
    with tarfile.open(path) as archive:
        for member in archive:
            if (file := archive.extractfile(member)) is not None:
                data = file.read()
                found += leaks(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    return found


@pytest.mark.parametrize("builder", ["null", pytest.param("rootfs", marks=pytest.mark.needs("user-namespaces"))])
def test_a_step_that_fails(builder: str) -> None:
    failing = 'provisioner "KIND" {\n    inline = ["echo \'${base64encode(var.token)}\' >&2; exit 3"]\n  }\n'
    template(builder, failing)
    with command_lines_watched() as seen, watched("t.pkr.hcl") as build:
        assert build.end() == 1
        nothing_leaked(build)
    assert seen == []


@pytest.mark.parametrize(
    "step",
    [
        'provisioner "shell-local" { script = var.token }',
        'provisioner "shell-local" { inline = [], command = "" }'.replace(", ", "\n"),
        'provisioner "shell-local" {\n  inline = ["true"]\n  timeout = var.token\n}',
        'provisioner "shell-local" {\n  inline = ["true"]\n  max_retries = var.token\n}',
        'provisioner "shell-local" {\n  inline = ["true"]\n  valid_exit_codes = [var.token]\n}',
        'provisioner "shell-local" {\n  inline = ["true"]\n  environment_vars = [var.token]\n}',
        'provisioner "shell-local" {\n  inline = ["true"]\n  only_on = [var.token]\n}',
        'provisioner "shell-local" {\n  inline = ["${file(var.token)}"]\n}',
        'provisioner "shell-local" {\n  inline = ["${tonumber(var.token)}"]\n}',
        'provisioner "shell-local" {\n  inline = ["${jsondecode(var.token)}"]\n}',
        'provisioner "shell-local" {\n  inline = ["${regex(var.token, "x")}"]\n}',
        'provisioner "shell-local" {\n  inline = ["${base64decode(var.token)}"]\n}',
        'provisioner "shell-local" {\n  inline = ["{{ ${var.token} }}"]\n}',
        'provisioner "shell-local" {\n  execute_command = ["${var.token}", "{{.Script}}"]\n  inline = ["true"]\n}',
        'provisioner "shell-local" {\n  inline = ["true"]\n  inline_shebang = var.token\n}',
        'provisioner "file" {\n  source = var.token\n  destination = "/x"\n}',
        'post-processor "checksum" {\n  checksum_types = [var.token]\n}',
        'post-processor "manifest" {\n  output = "/nowhere/${sha1(var.token)}"\n}',
        'post-processor "docker-tag" {\n  repository = var.token\n}',
    ],
)
def test_errors_about_a_value_do_not_show_it(step: str) -> None:
    text = f'{HEAD}{SOURCES["null"]}build {{\n  sources = ["null.a"]\n  {step}\n}}\n'
    Path("t.pkr.hcl").write_text(text)
    for words in (("validate",), ("build",)):
        done = bakehouse(*words, "t.pkr.hcl")
        assert leaks(sane(done).encode()) == []
    assert leaks(sane(bakehouse("inspect", "t.pkr.hcl")).encode()) == []


@pytest.mark.needs("user-namespaces")
async def test_what_a_person_does_in_a_shell(workshop: Path) -> None:
    """The person sees what the shell prints; the record does not."""
    failing = 'provisioner "KIND" {\n    inline = ["exit 3"]\n  }\n'
    template("rootfs", failing)
    with watched("-on-error=pause", "--hold=60s", "t.pkr.hcl") as build:
        build.until(lambda fact: fact["kind"] == "BuildPaused")
        session = await Session.connect(Path(only_run().info.socket), client="test")
        answer = await session.send("shell", "001-a", rows=24, columns=400)
        stream = await session.stream(answer.span, 24, 400)
        quoted = shlex.quote(SECRET)
        await stream.write(
            f"echo 'a'{quoted}; echo {shlex.quote(LINES[0])}; printf %s {quoted} | base64; exit\n".encode()
        )
        while await stream.read():
            pass
        await stream.close()
        await session.send("cancel", "001-a")
        await session.close()
        assert build.end() == 1
        log = only_run().log("001-a").read_bytes()
        assert log.count(b"<sensitive>") > log[: log.rfind(b"end of the loud ones")].count(b"<sensitive>") + 3
        nothing_leaked(build)
