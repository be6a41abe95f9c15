"""Whole builds: what is in the image, in every tier."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from bakehouse.clients.oci import Image
from bakehouse.clients.oci_read import open_layer, read_image
from bakehouse_builders.rootfs import Rootfs
from support.rootfs import Build, build, leftovers


def image_of(path: Path, directory: Path) -> Image:
    scratch = directory / "scratch"
    scratch.mkdir(exist_ok=True)
    return read_image(path, directory / "blobs", scratch)


def last_layer(image: Image) -> dict[str, tarfile.TarInfo]:
    with open_layer(image.layers[-1]) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        return {member.name: member for member in archive}


async def test_the_changes_are_one_layer_on_the_base(tier: str, directory: Path) -> None:
    made = await build(
        directory,
        "echo hi > /etc/motd; rm /bin/vi; rm -r /home && mkdir /home && touch /home/new; chmod 0750 /home",
        "ln -s motd /etc/link; ln /etc/motd /etc/hard; mkfifo /run/pipe; mkdir -p /opt/a/b; chmod 01777 /opt",
        changes=["ENV GREETING=hello", 'CMD ["sh", "-l"]', "WORKDIR /opt"],
    )
    image = image_of(made.output, directory)
    assert len(image.layers) == 2
    layer = last_layer(image)
    assert layer["etc/hard"].isfile()
    assert layer["etc/motd"].islnk() and layer["etc/motd"].linkname == "etc/hard"
    assert layer["etc/link"].issym() and layer["etc/link"].linkname == "motd"
    assert layer["run/pipe"].isfifo()
    assert layer["opt"].mode == 0o1777
    assert layer["home"].mode == 0o750
    assert "home/new" in layer
    assert "bin/.wh.vi" in layer
    assert not {"etc/hosts", "etc/resolv.conf", "etc/hostname", "dev", "proc", "dev/null"} & set(layer)
    assert {(member.uid, member.gid) for member in layer.values()} == {(0, 0)}
    assert image.runtime["Env"][-1] == "GREETING=hello"
    assert image.runtime["Cmd"] == ["sh", "-l"]
    assert image.runtime["WorkingDir"] == "/opt"


async def test_parents_keep_their_modes_in_the_layer(tier: str, directory: Path) -> None:
    """docker gives a directory that a layer has no entry for the mode 0755."""
    made = await build(directory, "echo x > /tmp/x; echo y > /root/y")
    layer = last_layer(image_of(made.output, directory))
    assert (layer["tmp"].mode, layer["root"].mode) == (0o1777, 0o700)


async def test_the_image_holds_nothing_of_ours(tier: str, directory: Path) -> None:
    made = await build(directory, "echo made > /made")
    image = image_of(made.output, directory)
    assert "akehouse" not in json.dumps(image.configuration)
    assert set(last_layer(image)) - {"etc"} == {"made"}


async def test_an_archive_is_the_base_of_the_next_build(tier: str, directory: Path) -> None:
    first = await build(directory, "echo one > /one; rm /bin/vi", changes=["ENV A=1", "WORKDIR /srv"])
    second = Build(directory, {"base": str(first.output), "output": str(directory / "second.tar")})
    try:
        await second.start()
        assert (
            await second.said("cat /one; pwd; echo $A; ls /bin/vi 2>/dev/null || echo none") == "one\n/srv\n1\nnone\n"
        )
        await second.said("rm /one; echo two > /two")
        await second.finish()
    finally:
        await second.undo()
    image = image_of(directory / "second.tar", directory)
    assert len(image.layers) == 3
    assert {"two", ".wh.one"} <= set(last_layer(image))
    assert image.layers[:2] == image_of(first.output, directory).layers


async def test_a_replaced_directory_hides_what_was_in_it(tier: str, directory: Path) -> None:
    first = await build(directory, "mkdir -p /data/sub; echo old > /data/sub/old; echo old > /data/old")
    second = await build(
        directory,
        "rm -r /data; mkdir /data; echo new > /data/new; [ ! -e /data/old ]",
        base=str(first.output),
        output=str(directory / "second.tar"),
    )
    assert second.context.claims == []
    third = Build(directory, {"base": str(directory / "second.tar"), "output": str(directory / "third.tar")})
    try:
        await third.start()
        assert await third.said("find /data | sort") == "/data\n/data/new\n"
    finally:
        await third.undo()


async def test_a_directory_that_became_a_file(tier: str, directory: Path) -> None:
    first = await build(directory, "mkdir -p /thing/inner; echo old > /thing/inner/old")
    second = await build(
        directory,
        "rm -r /thing; echo file > /thing",
        base=str(first.output),
        output=str(directory / "second.tar"),
    )
    image = image_of(second.builder.reservation.output, directory)
    assert [name for name in last_layer(image) if "thing" in name] == ["thing"]


async def test_equal_builds_have_equal_digests(tier: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    digests = []
    for name in ("a", "b"):
        made = await build(directory, "echo x > /x; mkdir -p /y/z", output=str(directory / f"{name}.tar"))
        digests.append(made.builder.written.digest)
    assert digests[0] == digests[1]
    assert (directory / "a.tar").read_bytes() == (directory / "b.tar").read_bytes()


async def test_the_artifact_says_what_was_made(tier: str, directory: Path) -> None:
    made = await build(directory, "true")
    artifact = await made.builder.artifact(made.machine)
    assert artifact.builder_id == "bakehouse.rootfs"
    assert artifact.id.startswith("sha256:")
    assert artifact.files == (made.output,)
    size = made.output.stat().st_size / 1e6
    assert artifact.description == f"Stored OCI image: {made.output} ({size:.1f} MB, tier {tier})"
    assert artifact.metadata["tier"] == tier
    await artifact.destroy()
    await artifact.destroy()
    assert not made.output.exists()


async def test_people_are_told_what_is_done(tier: str, directory: Path) -> None:
    made = await build(directory, "true")
    copied = tier == "chroot"
    assert [said for said in made.context.said if not (copied and said.startswith("There is no /proc"))] == [
        "Preparing base busybox",
        f"Starting machine (tier {tier}, base busybox)",
        "Stopping machine",
        f"Packing image {made.output}",
    ], copied
    assert (await Rootfs.environment(made.builder.config)).startswith(f"tier {tier} (")
    assert made.machine.facts == {"ID": made.name, "ConnType": "rootfs", "User": "root"}


async def test_nothing_is_left_beside_the_output(tier: str, directory: Path) -> None:
    await build(directory, "true")
    assert [path.name for path in directory.iterdir() if path.name != "state"] == ["image.tar"]
    assert leftovers("bakehouse-tests-one") == []


@pytest.mark.needs("skopeo")
@pytest.mark.parametrize("transport", ["oci-archive", "docker-archive"])
async def test_skopeo_takes_the_archive(directory: Path, transport: str) -> None:
    made = await build(directory, "echo x > /x", changes=["LABEL made=well"])
    found = skopeo("inspect", f"{transport}:{made.output}")
    assert found["Labels"] == {"made": "well"}
    assert len(found["Layers"]) == 2
    if transport == "oci-archive":
        assert found["Digest"] == made.builder.written.digest


@pytest.mark.needs("skopeo")
async def test_skopeo_takes_the_layout(directory: Path) -> None:
    output = directory / "layout"
    made = await build(directory, "echo x > /x", output=str(output), format="oci", tag="one:two")
    assert skopeo("inspect", f"oci:{output}:one:two")["Digest"] == made.builder.written.digest
    again = await build(directory, "cat /x", base=str(output), output=str(directory / "again.tar"))
    base = again.builder.base.image
    assert {layer.blob.digest.removeprefix("sha256:") for layer in base.layers} <= {
        path.name for path in (output / "blobs/sha256").iterdir()
    }


@pytest.mark.needs("docker")
async def test_docker_loads_and_runs_it(directory: Path) -> None:
    tag = "bakehouse-tests-rootfs:loaded"
    await build(
        directory,
        "echo hi > /etc/motd; rm /bin/vi; chown 33:33 /etc/motd 2>/dev/null; echo t > /tmp/t",
        tag=tag,
        changes=["ENV A='x y'", "USER www-data"],
    )
    subprocess.run(["docker", "load", "-q", "-i", str(directory / "image.tar")], check=True, capture_output=True)
    try:
        line = "cat /etc/motd; echo $A; id -un; stat -c %a /tmp; ls /bin/vi 2>&1 | wc -l; cat /tmp/t"
        command = ["docker", "run", "--rm", "--network=none", tag, "sh", "-c", line]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    finally:
        subprocess.run(["docker", "rmi", "-f", tag], check=True, capture_output=True)
    assert done.stdout == "hi\nx y\nwww-data\n1777\n1\nt\n"


def skopeo(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(["skopeo", *arguments], check=True, capture_output=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
