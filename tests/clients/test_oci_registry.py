"""Pulling from a real registry, what skopeo has pushed."""

from __future__ import annotations

import base64
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.clients.oci import Image, ImageError
from bakehouse.clients.oci_layer import Change, write_layer
from bakehouse.clients.oci_read import open_layer
from bakehouse.clients.oci_reference import parse
from bakehouse.clients.oci_registry import pull
from bakehouse.clients.oci_write import write_layout
from support.registry import NAME, PASSWORD, guarded, push, registry
from support.rootfs import Build

data_of: dict[str, Path] = {}
served = pytest.mark.needs("docker-registry", "skopeo")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("registry")
    (directory / "hello").write_text("hello\n")
    layer = write_layer([Change("hello", source=directory / "hello")], directory / "layer", clamp=0)
    configuration = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Env": ["FROM=registry"]},
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id]},
    }
    (directory / "layout").mkdir()
    write_layout(Image((layer,), configuration), directory / "layout", tag="made:1")
    with registry(directory) as address:
        data_of[address] = directory
        push(f"oci:{directory}/layout", address, "made:1")
        push(f"oci:{directory}/layout", address, "deep/er/made:v2s2", "--format=v2s2")
        yield address


async def pulled(text: str, directory: Path) -> Image:
    reference = parse(text)
    assert reference is not None
    (directory / "scratch").mkdir(exist_ok=True)
    return await pull(reference, directory / "blobs", directory / "scratch")


@served
@pytest.mark.parametrize("name", ["made:1", "deep/er/made:v2s2"])
async def test_layers_and_configuration_come_whole(host: str, name: str, tmp_path: Path) -> None:
    image = await pulled(f"{host}/{name}", tmp_path)
    assert image.runtime == {"Env": ["FROM=registry"]}
    with open_layer(image.layers[0]) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        assert [member.name for member in archive] == ["hello"]
    assert list((tmp_path / "scratch").iterdir()) == []


@served
async def test_a_damaged_blob_is_found(host: str, tmp_path: Path) -> None:
    """What is kept under a digest is not asked for again; what comes must be what its name says."""
    image = await pulled(f"{host}/made:1", tmp_path)
    data = next(data_of[host].glob(f"**/{image.layers[0].blob.digest[7:]}/data"))
    good = data.read_bytes()
    data.write_bytes(b"x" * len(good))
    try:
        assert (await pulled(f"{host}/made:1", tmp_path)).chain_id == image.chain_id
        image.layers[0].blob.path.unlink()
        with pytest.raises(ImageError, match="has another content than its digest|than its name says"):
            await pulled(f"{host}/made:1", tmp_path)
        assert not image.layers[0].blob.path.exists()
    finally:
        data.write_bytes(good)


@served
@pytest.mark.parametrize(("name", "words"), [("made:2", "has no such image"), ("nothing:1", "has no such image")])
async def test_what_is_not_there(host: str, name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=f"{host}/{name} cannot be pulled: {host} {words}"):
        await pulled(f"{host}/{name}", tmp_path)


async def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="127.0.0.1:1/made:latest cannot be pulled: Cannot connect"):
        await pulled("127.0.0.1:1/made", tmp_path)


@served
async def test_a_token_is_got_with_what_docker_login_wrote(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    async with guarded(host) as door:
        with pytest.raises(ImageError, match=r"gives no token \(401; docker login\)"):
            await pulled(f"{door}/made:1", tmp_path)
        secret = base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
        (tmp_path / "config.json").write_text(json.dumps({"auths": {door: {"auth": secret}}}))
        assert (await pulled(f"{door}/made:1", tmp_path)).runtime == {"Env": ["FROM=registry"]}


@served
async def test_a_machine_starts_from_it(host: str, tmp_path: Path) -> None:
    first = Build(tmp_path, {"output": str(tmp_path / "first.tar")}, name="bakehouse-tests-registry-001")
    try:
        await first.start()
        await first.said("echo from the first > /note")
        await first.finish()
    finally:
        await first.undo()
    push(f"oci-archive:{tmp_path}/first.tar", host, "first:1")
    build = Build(tmp_path, {"base": f"docker://{host}/first:1"}, name="bakehouse-tests-registry-002")
    try:
        await build.start()
        assert await build.said("cat /note") == "from the first\n"
        await build.finish()
    finally:
        await build.undo()


@pytest.mark.parametrize("text", ["debian:12", "library/debian", "", "host.org", "HOST.org/UPPER", "h.org/a@sha256:1"])
def test_what_is_no_reference(text: str) -> None:
    assert parse(text) is None


def test_references() -> None:
    assert str(parse("localhost/a")) == "localhost/a:latest"
    assert str(parse("h.example:5000/a/b_c.d:T-1")) == "h.example:5000/a/b_c.d:T-1"
    digest = "sha256:" + "0" * 64
    assert str(parse(f"h.example/a:1@{digest}")) == f"h.example/a@{digest}"
    assert parse("docker.io/debian:12") == parse("docker.io/library/debian:12")
