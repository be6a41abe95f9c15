"""Checksums, line for line."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from bakehouse.errors import StepError
from bakehouse.post_processors.checksum import Checksum
from bakehouse.sdk import Argument, Artifact
from support.context import make_context


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    path = tmp_path / "image.tar"
    path.write_bytes(b"content")
    return Artifact("packer.file", "File", "Stored file", (path,))


async def test_a_line_a_file_appended(tmp_path: Path, artifact: Artifact) -> None:
    output = f"{tmp_path}/{{{{.BuildName}}}}-{{{{.BuilderType}}}}.{{{{ .ChecksumType }}}}"
    config = Checksum.Config(checksum_types=["md5", "sha256"], output=output)
    for _ in range(2):
        processed = await Checksum(config).post_process(artifact, make_context(tmp_path, type="file", name="web"))
    line = f"{hashlib.sha256(b'content').hexdigest()}\timage.tar\n"
    assert (tmp_path / "web-file.sha256").read_text() == line * 2
    assert processed.artifact is not None
    assert [path.name for path in processed.artifact.files] == ["image.tar", "web-file.md5", "web-file.sha256"]
    assert (processed.keep, processed.forced) == (True, True)


@pytest.mark.parametrize("name", ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
async def test_every_type_agrees_with_coreutils(tmp_path: Path, artifact: Artifact, name: str) -> None:
    config = Checksum.Config(checksum_types=[name], output=str(tmp_path / "sums"))
    await Checksum(config).post_process(artifact, make_context(tmp_path))
    told = subprocess.run([f"{name}sum", artifact.files[0]], capture_output=True, text=True, check=True).stdout
    assert (tmp_path / "sums").read_text().split()[0] == told.split()[0]


async def test_destroying_takes_the_sums_too(tmp_path: Path, artifact: Artifact) -> None:
    config = Checksum.Config(output=str(tmp_path / "sums"))
    processed = await Checksum(config).post_process(artifact, make_context(tmp_path))
    assert processed.artifact is not None
    await processed.artifact.destroy()
    assert not (tmp_path / "sums").exists()


async def test_a_file_that_vanished_is_an_error(tmp_path: Path, artifact: Artifact) -> None:
    artifact.files[0].unlink()
    with pytest.raises(StepError, match="Cannot write the md5 checksums"):
        await Checksum(Checksum.Config(output=str(tmp_path / "sums"))).post_process(artifact, make_context(tmp_path))


def test_an_unknown_type_is_named() -> None:
    config = Checksum.Config(checksum_types=["sha3"])
    (problem,) = Checksum.check(config, {"checksum_types": Argument(["sha3"])})
    assert problem.summary == 'There is no checksum type "sha3"'
