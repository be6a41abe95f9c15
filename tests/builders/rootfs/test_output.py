"""The output: never torn, never written twice at once, never replaced unasked."""

from __future__ import annotations

import asyncio
import subprocess
import tarfile
from pathlib import Path

import pytest

from bakehouse.sdk import Argument, Location, Resource, StepError
from bakehouse.sdk.decode import decode
from bakehouse_builders.rootfs import Rootfs
from bakehouse_builders.rootfs.reservation import partial_path
from support.rootfs import Build, build


@pytest.fixture(autouse=True)
def _cheapest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BAKEHOUSE_ROOTFS_TIER", raising=False)


async def test_an_output_that_exists_is_refused(directory: Path) -> None:
    output = directory / "image.tar"
    output.write_text("mine")
    made = Build(directory, {})
    with pytest.raises(StepError, match=r"image.tar exists already. Remove it, or build with -force to replace it\."):
        await made.start()
    await made.undo()
    assert output.read_text() == "mine"


async def test_force_replaces_it_at_the_end(directory: Path) -> None:
    output = directory / "image.tar"
    output.write_text("mine")
    made = Build(directory, {}, force=True)
    await made.start()
    assert output.read_text() == "mine"
    await made.finish()
    await made.undo()
    assert tarfile.is_tarfile(output)


async def test_force_replaces_a_layout_but_no_other_directory(directory: Path) -> None:
    output = directory / "layout"
    for _ in range(2):
        made = Build(directory, {"output": str(output), "format": "oci"}, force=True)
        await (await made.start()).finish()
        await made.undo()
    assert (output / "oci-layout").is_file()
    assert [path.name for path in directory.iterdir() if "layout" in path.name] == ["layout"]
    (directory / "photos").mkdir()
    other = Build(directory, {"output": str(directory / "photos"), "format": "oci"}, force=True)
    with pytest.raises(StepError, match="is no OCI layout: -force does not replace that"):
        await other.start()
    await other.undo()
    assert (directory / "photos").is_dir()


@pytest.mark.parametrize("format", ["oci-archive", "oci"])
async def test_two_builds_of_one_output(directory: Path, format: str) -> None:
    options = {"output": str(directory / "one"), "format": format}
    first, second = Build(directory, options, name="bakehouse-a"), Build(directory, options, name="bakehouse-b")
    await first.start()
    with pytest.raises(StepError, match=r"one is being written by rootfs\.[a-z]+ now\. Wait for it"):
        await second.start()
    assert not second.context.claims  # so that nobody says that the file of another is removed
    await second.undo()
    assert partial_path(directory / "one").exists()
    await first.finish()
    await first.undo()
    assert (directory / "one").exists()
    assert not partial_path(directory / "one").exists()


async def test_what_a_killed_run_left_is_taken_over(directory: Path) -> None:
    partial = partial_path(directory / "image.tar")
    partial.write_bytes(b"half")
    made = await build(directory, "true")
    assert tarfile.is_tarfile(made.output)


async def test_another_runs_partial_output_is_not_removed(directory: Path) -> None:
    first = await Build(directory, {}, name="bakehouse-a").start()
    await Rootfs.remove(Resource("builder:rootfs", "file", str(partial_path(first.output)), details={"machine": "x"}))
    assert partial_path(first.output).exists()
    await first.undo()
    assert not partial_path(first.output).exists()


async def test_a_cancelled_build_leaves_no_output(directory: Path) -> None:
    made = await Build(directory, {}).start()
    await made.said("dd if=/dev/urandom of=/big bs=1M count=40 2>/dev/null")
    task = asyncio.get_running_loop().create_task(made.finish())
    while not made.builder.directory.joinpath("layer").exists():
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await made.undo()
    assert [path.name for path in directory.iterdir() if path.name != "state"] == []


async def test_an_output_that_cannot_be_written(directory: Path) -> None:
    (directory / "file").touch()
    made = Build(directory, {"output": str(directory / "file/below/image.tar")})
    with pytest.raises(StepError, match=r"Cannot write .*image.tar: "):
        await made.start()
    await made.undo()


def problems(**values: object) -> list[str]:
    place = Location("app.pkr.hcl", 3, 5)
    arguments = {name: Argument(value, place, f"    {name} = ...") for name, value in values.items()}
    _, found = decode(Rootfs, arguments)
    assert all(problem.location in (place, None) for problem in found if "option" not in problem.summary)
    return [problem.summary for problem in found]


def test_wrong_options_are_told_before_anything_is_made(directory: Path) -> None:
    assert problems(output="x", base="/no/such") == ['There is no base "/no/such"']
    assert problems(output="x", tag="Über:1") == ['"Über:1" cannot be an image\'s name']
    assert problems(output="") == ["The output has no name"]
    assert "A change cannot be" in problems(output="x", changes=["RUN ls"])[0]
    assert len(problems(output="x", format="zip")) == 1
    assert len(problems(output="x", pull=True)) == 1
    assert len(problems()) == 1


def test_a_base_that_is_read_is_an_input(directory: Path) -> None:
    assert Rootfs.inputs(Rootfs.Config(output="x")).files == ()
    assert Rootfs.inputs(Rootfs.Config(output="x", base="b.tar")).files == ("b.tar",)


async def test_a_base_that_is_no_image(directory: Path) -> None:
    (directory / "base").write_text("text")
    made = Build(directory, {"base": str(directory / "base")})
    with pytest.raises(StepError, match="base is neither an OCI layout nor an image archive"):
        await made.start()
    await made.undo()


@pytest.mark.needs("root")
@pytest.mark.parametrize("full", ["output", "cache"])
async def test_a_full_disk_is_told(directory: Path, monkeypatch: pytest.MonkeyPatch, full: str) -> None:
    """A small file system under the output, or under the machines and bases: the build fails and says so."""
    small = directory / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1M", "none", small], check=True)
    try:
        if full == "cache":
            monkeypatch.setenv("XDG_CACHE_HOME", str(small))
        made = Build(directory, {"output": str((small if full == "output" else directory) / "image.tar")})
        message = (
            "Cannot write .*image.tar: No space" if full == "output" else "base busybox cannot be prepared: No space"
        )
        with pytest.raises(StepError, match=message):
            await (await made.start()).finish()
        await made.undo()
        assert [path.name for path in small.iterdir() if path.name != "bakehouse"] == []
    finally:
        subprocess.run(["umount", small], check=True)
