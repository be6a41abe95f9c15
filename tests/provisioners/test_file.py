"""The file provisioner over real files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bakehouse.errors import StepError
from bakehouse.provisioners.file import File
from bakehouse.sdk import Argument, Machine
from support.context import RecordingContext, make_context, make_machine
from support.machine import HostDirectory


@pytest.fixture
def context(tmp_path: Path) -> RecordingContext:
    return make_context(tmp_path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def machine(context: RecordingContext, root: Path) -> Machine:
    machine = make_machine(context)
    machine.communicator = HostDirectory(root)
    return machine


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "deep").mkdir(parents=True)
    (site / "index.html").write_text("hello")
    (site / "deep/run.sh").write_text("#!/bin/sh\n")
    (site / "deep/run.sh").chmod(0o755)
    return site


async def provision(machine: Machine, **options: Any) -> None:
    await File(File.Config(**options)).provision(machine)


async def test_a_file_goes_under_the_name_given_or_its_own(machine: Machine, root: Path, site: Path) -> None:
    await provision(machine, source=str(site / "index.html"), destination="/srv/page.html")
    await provision(machine, source=str(site / "index.html"), destination="/srv/")
    assert (root / "srv/page.html").read_text() == (root / "srv/index.html").read_text() == "hello"


async def test_the_mode_is_kept(machine: Machine, root: Path, site: Path) -> None:
    await provision(machine, source=str(site / "deep/run.sh"), destination="/run.sh")
    assert (root / "run.sh").stat().st_mode & 0o777 == 0o755


async def test_a_slash_says_whether_the_directory_itself_goes(machine: Machine, root: Path, site: Path) -> None:
    await provision(machine, source=str(site), destination="/with")
    await provision(machine, source=f"{site}/", destination="/without")
    assert (root / "with/site/deep/run.sh").exists()
    assert (root / "without/deep/run.sh").exists()


async def test_content_is_written(machine: Machine, root: Path, context: RecordingContext) -> None:
    await provision(machine, content="a=1\n", destination="/etc/app.conf")
    assert (root / "etc/app.conf").read_text() == "a=1\n"
    assert context.said == ["Uploading (content) => /etc/app.conf"]


async def test_downloads(machine: Machine, root: Path, tmp_path: Path) -> None:
    (root / "var/log").mkdir(parents=True)
    (root / "var/log/app.log").write_text("line")
    await provision(machine, source="/var/log/app.log", destination=f"{tmp_path}/out/", direction="download")
    await provision(machine, source="/var/log/", destination=f"{tmp_path}/logs", direction="download")
    assert (tmp_path / "out/app.log").read_text() == (tmp_path / "logs/app.log").read_text() == "line"


async def test_a_source_that_vanished_is_named(machine: Machine) -> None:
    with pytest.raises(StepError, match='There is no file "/nowhere/x" to upload'):
        await provision(machine, source="/nowhere/x", destination="/x", generated=True)


def test_a_missing_source_is_found_before_any_machine_exists() -> None:
    config = File.Config(source="/nowhere/x", destination="/x")
    (problem,) = File.check(config, {"source": Argument("/nowhere/x"), "destination": Argument("/x")})
    assert problem.summary == 'There is no file "/nowhere/x"'
    assert "generated" in problem.help
    config = File.Config(source="/nowhere/x", destination="/x", generated=True)
    assert File.check(config, {"source": Argument("/nowhere/x")}) == []
