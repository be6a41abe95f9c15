"""What compress makes, read by other programs than made it."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import lzma
import os
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import lz4.frame
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.errors import StepError
from bakehouse.post_processors.compress import Compress
from bakehouse.post_processors.compress.compressors import Compressor, compressor
from bakehouse.post_processors.compress.formats import Compression, Form, form_of
from bakehouse.sdk import Argument, Artifact, Processed
from support.context import make_context

READERS: dict[Compression, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "bgzf": gzip.decompress,
    "xz": lzma.decompress,
    "bzip2": bz2.decompress,
    "lz4": lz4.frame.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}


def make_artifact(*paths: Path) -> Artifact:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(str(path.name).encode())
    return Artifact("packer.file", "File", "Stored file", paths)


async def compress(directory: Path, artifact: Artifact, output: str, format: str = "", level: int = -1) -> Processed:
    config = Compress.Config(output=f"{directory}/{output}", format=format, compression_level=level)
    return await Compress(config).post_process(artifact, make_context(directory, type="file", name="web"))


@pytest.mark.parametrize(
    "output, format, form",
    [
        ("a.tar.gz", "", Form("tar", "gzip")),
        ("a.tgz", "", Form("tar", "gzip")),
        ("a.tar", "", Form("tar", "")),
        ("a.zip", "", Form("zip", "")),
        ("a.gz", "", Form("", "gzip")),
        ("a.tar.xz", "", Form("tar", "xz")),
        ("a.zst", "", Form("", "zstd")),
        ("a.tar.bz2", "", Form("tar", "bzip2")),
        ("a.bzip2", "", Form("", "bzip2")),
        ("a.lz4", "", Form("", "lz4")),
        ("a.bgzf", "", Form("", "bgzf")),
        ("a", "", Form("tar", "gzip")),
        ("a.img", "", Form("tar", "gzip")),
        ("v1.tar.d/a", "", Form("tar", "gzip")),
        ("a.out", "zip", Form("zip", "")),
        ("a.tar", "gz", Form("tar", "gzip")),
        ("a.out", "tar.zst", Form("tar", "zstd")),
        ("a.out", ".xz", Form("", "xz")),
        ("a.zip", "rar", Form("tar", "gzip")),
        ("A.TAR.GZ", "", Form("tar", "gzip")),
    ],
)
def test_the_form_follows_the_name_and_the_format(output: str, format: str, form: Form) -> None:
    assert form_of(output, format) == form


def pieces_of(made: Compressor, pieces: list[bytes]) -> bytes:
    return b"".join([*(made.compress(piece) for piece in pieces), made.flush()])


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(READERS)),
    st.sampled_from([None, 1, 3, 6, 9]),
    st.lists(st.binary(max_size=70_000), max_size=4),
)
def test_what_goes_in_comes_out(compression: Compression, level: int | None, pieces: list[bytes]) -> None:
    made = compressor(compression, level)
    assert made is not None
    assert READERS[compression](pieces_of(made, pieces)) == b"".join(pieces)


def test_bgzf_is_made_of_blocks_that_tell_their_size() -> None:
    made = compressor("bgzf", None)
    assert made is not None
    packed = pieces_of(made, [os.urandom(200_000)])
    blocks, position = 0, 0
    while position < len(packed):
        assert packed[position + 12 : position + 14] == b"BC"
        position += int.from_bytes(packed[position + 16 : position + 18], "little") + 1
        blocks += 1
    assert (position, blocks) == (len(packed), 5)


@pytest.mark.parametrize("extension", ["tar", "tar.gz", "tar.xz", "tar.bz2"])
async def test_a_tar_holds_base_names(tmp_path: Path, extension: str) -> None:
    artifact = make_artifact(tmp_path / "in/a.txt", tmp_path / "in/deep/b.txt")
    processed = await compress(tmp_path, artifact, f"z/{{{{.BuildName}}}}-{{{{.BuilderType}}}}.{extension}")
    output = tmp_path / f"z/web-file.{extension}"
    with tarfile.open(output) as archive:
        assert archive.getnames() == ["a.txt", "b.txt"]
        member = archive.extractfile("b.txt")
        assert member is not None and member.read() == b"b.txt"
    assert processed.artifact is not None and processed.artifact.files == (output,)
    assert (processed.keep, processed.forced) == (False, False)
    assert [path.name for path in output.parent.iterdir()] == [output.name]


async def test_a_plain_tar_is_no_longer_than_it_must_be(tmp_path: Path) -> None:
    await compress(tmp_path, make_artifact(tmp_path / "a"), "a.tar")
    assert (tmp_path / "a.tar").stat().st_size == 512 + 512 + 1024


async def test_no_member_of_a_tar_hides_another(tmp_path: Path) -> None:
    await compress(tmp_path, make_artifact(tmp_path / "x/disk", tmp_path / "y/disk"), "two.tar")
    with tarfile.open(tmp_path / "two.tar") as archive:
        assert archive.getnames() == ["x/disk", "y/disk"]


async def test_a_zip_holds_paths_but_none_that_leads_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    artifact = make_artifact(Path("in/a.txt"), Path("../up.txt"), tmp_path / "absolute.txt")
    await compress(tmp_path, artifact, "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["in/a.txt", "up.txt", f"{tmp_path}/absolute.txt".lstrip("/")]


async def test_a_directory_goes_in_with_all_in_it(tmp_path: Path) -> None:
    make_artifact(tmp_path / "tree/sub/leaf")
    artifact = Artifact("x", "", "", (tmp_path / "tree",))
    await compress(tmp_path, artifact, "tree.tar")
    with tarfile.open(tmp_path / "tree.tar") as archive:
        assert archive.getnames() == ["tree", "tree/sub", "tree/sub/leaf"]


async def test_one_file_alone(tmp_path: Path) -> None:
    await compress(tmp_path, make_artifact(tmp_path / "a.txt"), "a.txt.gz", level=9)
    assert gzip.decompress((tmp_path / "a.txt.gz").read_bytes()) == b"a.txt"


async def test_two_files_need_an_archive(tmp_path: Path) -> None:
    artifact = make_artifact(tmp_path / "a", tmp_path / "b")
    with pytest.raises(StepError, match=r"exactly one file, and these are 2: .*\.zip or in \.tar\.gz"):
        await compress(tmp_path, artifact, "two.gz")
    assert not (tmp_path / "two.gz").exists()


async def test_an_artifact_without_files_is_not_traded_for_an_empty_archive(tmp_path: Path) -> None:
    image = Artifact("packer.post-processor.docker-import", "sha256:1", "Imported Docker image: sha256:1")
    with pytest.raises(StepError, match="nothing to compress.*Imported Docker image"):
        await compress(tmp_path, image, "image.tar.gz")
    assert not list(tmp_path.iterdir())


async def test_it_does_not_eat_its_own_input(tmp_path: Path) -> None:
    artifact = make_artifact(tmp_path / "a.tar")
    with pytest.raises(StepError, match="one of the files that are to go into it"):
        await compress(tmp_path, artifact, "a.tar")
    assert (tmp_path / "a.tar").read_bytes() == b"a.tar"


async def test_a_file_that_is_gone_leaves_nothing_half_done(tmp_path: Path) -> None:
    artifact = make_artifact(tmp_path / "a", tmp_path / "b")
    (tmp_path / "b").unlink()
    (tmp_path / "out.zip").write_text("of an earlier run")
    with pytest.raises(StepError, match=r"Cannot write .*out\.zip"):
        await compress(tmp_path, artifact, "out.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "out.zip"]
    assert (tmp_path / "out.zip").read_text() == "of an earlier run"


async def test_it_can_be_cancelled_in_the_middle(tmp_path: Path) -> None:
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(1 << 34)
    artifact = Artifact("x", "", "", (big,))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await compress(tmp_path, artifact, "big.gz")
    assert [path.name for path in tmp_path.iterdir()] == ["big"]


@pytest.mark.parametrize("output", ["big.tar.gz", "big.zip", "big.lz4", "big.zst", "big.tar"])
async def test_memory_does_not_grow_with_the_file(tmp_path: Path, output: str) -> None:
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(1 << 26)
    tracemalloc.start()
    try:
        await compress(tmp_path, Artifact("x", "", "", (big,)), output, level=1)
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()


async def test_removing_the_artifact_removes_the_archive(tmp_path: Path) -> None:
    processed = await compress(tmp_path, make_artifact(tmp_path / "a"), "a.zip")
    assert processed.artifact is not None
    await processed.artifact.destroy()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_packer_passes_over_is_warned_about() -> None:
    config = Compress.Config(compression_level=42, format="rar")
    given = {"compression_level": Argument(42), "format": Argument("rar")}
    problems = Compress.check(config, given)
    assert [(each.severity, each.summary) for each in problems] == [
        ("warning", "There is no compression level 42"),
        ("warning", 'There is no format "rar"'),
    ]
