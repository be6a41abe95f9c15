"""Images read again: layouts and archives, ours and others', whole and damaged."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from bakehouse.clients.oci import Blob, Image, ImageError, Layer, architecture, canonical, sha256
from bakehouse.clients.oci_layer import Change, write_layer
from bakehouse.clients.oci_read import open_layer, read_image
from bakehouse.clients.oci_write import write_archive, write_layout


@pytest.fixture
def image(tmp_path: Path) -> Image:
    (tmp_path / "file").write_text("content")
    layer = write_layer([Change("file", "entry", tmp_path / "file", owner=(0, 0))], tmp_path / "layer", clamp=0)
    configuration = {
        "architecture": architecture(),
        "os": "linux",
        "config": {"Env": ["A=1"]},
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id]},
    }
    return Image((layer,), configuration)


def read(path: Path, directory: Path) -> Image:
    scratch = directory / "scratch"
    scratch.mkdir(exist_ok=True)
    try:
        return read_image(path, directory / "kept", scratch)
    finally:
        assert list(scratch.iterdir()) == []


def plain(image: Image) -> tuple[Any, ...]:
    return image.configuration, [(layer.blob.digest, layer.blob.size, layer.diff_id) for layer in image.layers]


@pytest.mark.parametrize("form", ["archive", "layout", "compressed"])
def test_what_is_written_is_read(image: Image, tmp_path: Path, form: str) -> None:
    path = tmp_path / "image"
    if form == "layout":
        path.mkdir()
        write_layout(image, path, tag="a:b")
    else:
        write_archive(image, path, tag="a:b")
    if form == "compressed":
        subprocess.run(["gzip", path], check=True)
        path = tmp_path / "image.gz"
    found = read(path, tmp_path)
    assert plain(found) == plain(image)
    assert found.runtime == {"Env": ["A=1"]}
    with open_layer(found.layers[0]) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        assert archive.next().name == "file"  # type: ignore[union-attr]


def test_an_archive_is_the_same_bytes_every_time(image: Image, tmp_path: Path) -> None:
    one = write_archive(image, tmp_path / "one", tag="a:b")
    two = write_archive(image, tmp_path / "two", tag="a:b")
    assert one == two
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def docker_archive(path: Path, layer: Layer, configuration: dict[str, Any], **changes: Any) -> None:
    """As `docker save` of version 20 writes it: a plain tar a layer, and a link for one that occurs twice."""
    with open_layer(layer) as stream:
        content = stream.read()
    config = json.dumps(configuration).encode()
    entry = {"Config": "c.json", "RepoTags": ["a:b"], "Layers": ["1/layer.tar", "2/layer.tar"], **changes}
    with tarfile.open(path, "w") as archive:
        files = {"c.json": config, "manifest.json": json.dumps([entry]).encode(), "1/layer.tar": content}
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("2/layer.tar")
        link.type, link.linkname = tarfile.SYMTYPE, "../1/layer.tar"
        archive.addfile(link)


def test_an_older_docker_archive(image: Image, tmp_path: Path) -> None:
    (layer,) = image.layers
    twice = {**image.configuration, "rootfs": {"type": "layers", "diff_ids": [layer.diff_id] * 2}}
    docker_archive(tmp_path / "saved", layer, twice)
    found = read(tmp_path / "saved", tmp_path)
    assert [one.diff_id for one in found.layers] == [layer.diff_id] * 2
    assert plain(read(tmp_path / "saved", tmp_path)) == plain(found)
    wrong = {**image.configuration, "rootfs": {"type": "layers", "diff_ids": [sha256(b""), sha256(b"")]}}
    docker_archive(tmp_path / "wrong", layer, wrong)
    with pytest.raises(ImageError, match="another content than its configuration says"):
        read(tmp_path / "wrong", tmp_path)


def test_a_link_out_of_an_archive_is_not_followed(image: Image, tmp_path: Path) -> None:
    docker_archive(tmp_path / "saved", image.layers[0], dict(image.configuration), Config="link")
    with tarfile.open(tmp_path / "saved", "a") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(ImageError, match="is missing"):
        read(tmp_path / "saved", tmp_path)


def layout(directory: Path, image: Image) -> Path:
    directory.mkdir()
    write_layout(image, directory)
    return directory


def test_a_blob_that_was_changed_is_refused(image: Image, tmp_path: Path) -> None:
    path = layout(tmp_path / "layout", image)
    blob = path / "blobs/sha256" / image.layers[0].blob.digest.removeprefix("sha256:")
    blob.write_bytes(blob.read_bytes() + b"x")
    with pytest.raises(ImageError, match="has another content than its name says"):
        read(path, tmp_path)
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_blob_that_is_missing_is_named(image: Image, tmp_path: Path) -> None:
    path = layout(tmp_path / "layout", image)
    (path / "blobs/sha256" / image.layers[0].blob.digest.removeprefix("sha256:")).unlink()
    with pytest.raises(ImageError, match=f"{image.layers[0].blob.digest[7:]}.* is missing"):
        read(path, tmp_path)


@pytest.mark.parametrize("digest", ["sha256:../../../etc/passwd", "md5:abc", "", "sha256:" + "A" * 64])
def test_a_digest_that_is_none_opens_no_file(image: Image, tmp_path: Path, digest: str) -> None:
    path = layout(tmp_path / "layout", image)
    index = json.loads((path / "index.json").read_bytes())
    index["manifests"][0]["digest"] = digest
    (path / "index.json").write_bytes(canonical(index))
    with pytest.raises(ImageError, match="is not a SHA-256 digest"):
        read(path, tmp_path)


def rewritten(path: Path, entries: list[dict[str, Any]]) -> Path:
    (path / "index.json").write_bytes(canonical({"schemaVersion": 2, "manifests": entries}))
    return path


def test_the_image_for_this_machine_is_chosen(image: Image, tmp_path: Path) -> None:
    path = layout(tmp_path / "layout", image)
    (entry,) = json.loads((path / "index.json").read_bytes())["manifests"]
    here = {**entry, "platform": {"os": "linux", "architecture": architecture()}}
    other = {**entry, "digest": sha256(b"other"), "platform": {"os": "linux", "architecture": "s390x"}}
    nested = canonical({"schemaVersion": 2, "manifests": [other, here]})
    (path / "blobs/sha256" / sha256(nested)[7:]).write_bytes(nested)
    kind = "application/vnd.oci.image.index.v1+json"
    rewritten(path, [{"mediaType": kind, "digest": sha256(nested), "size": len(nested)}])
    assert plain(read(path, tmp_path)) == plain(image)
    with pytest.raises(ImageError, match=f"has no image for linux/{architecture()}"):
        read(rewritten(path, [other]), tmp_path)
    named = [{**entry, "annotations": {"n": "1"}}, {**entry, "digest": sha256(b"x"), "annotations": {"n": "2"}}]
    with pytest.raises(ImageError, match="holds 2 images"):
        read(rewritten(path, named), tmp_path)


@pytest.mark.parametrize("content", [b"", b"text", b"[1]", b"{}"])
def test_an_index_that_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout/index.json").write_bytes(content)
    with pytest.raises(ImageError, match="layout is not a whole image"):
        read(tmp_path / "layout", tmp_path)


def test_what_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("text")
    (tmp_path / "empty").mkdir()
    with tarfile.open(tmp_path / "tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("x"))
    for name in ("text", "empty", "tar"):
        with pytest.raises(ImageError, match=f"{name} is neither an OCI layout nor an image archive"):
            read(tmp_path / name, tmp_path)
    with pytest.raises(ImageError, match="never: No such file"):
        read(tmp_path / "never", tmp_path)


def test_a_compression_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "layer").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(10))
    blob = Blob(tmp_path / "layer", sha256(b""), 14, "application/vnd.oci.image.layer.v1.tar+zstd")
    with pytest.raises(ImageError, match="compressed by zstd"), open_layer(Layer(blob, "")):
        pass


def test_chain_ids_are_those_of_the_specification() -> None:
    def make(*diff_ids: str) -> str:
        return Image(tuple(Layer(Blob(Path(), "", 0, ""), diff_id) for diff_id in diff_ids)).chain_id

    assert make("sha256:a") == "sha256:a"
    assert make("sha256:a", "sha256:b") == sha256(b"sha256:a sha256:b")
    assert make("sha256:a", "sha256:b", "sha256:c") == sha256(make("sha256:a", "sha256:b").encode() + b" sha256:c")


@pytest.mark.needs("docker")
def test_what_docker_saves(image: Image, tmp_path: Path) -> None:
    tag = "bakehouse-tests-oci:saved"
    write_archive(image, tmp_path / "image", tag=tag)
    subprocess.run(["docker", "load", "-q", "-i", tmp_path / "image"], check=True, capture_output=True)
    try:
        subprocess.run(["docker", "save", "-o", tmp_path / "saved", tag], check=True)
    finally:
        subprocess.run(["docker", "rmi", tag], check=True, capture_output=True)
    found = read(tmp_path / "saved", tmp_path)
    assert [layer.diff_id for layer in found.layers] == [layer.diff_id for layer in image.layers]
    assert found.runtime["Env"] == ["A=1"]
