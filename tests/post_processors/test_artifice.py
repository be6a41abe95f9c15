"""Files that become the artifact, found as Go finds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.clients import globs
from bakehouse.errors import StepError
from bakehouse.post_processors.artifice import Artifice
from bakehouse.sdk import Argument, Artifact
from support.context import make_context


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("made/b.txt", "made/a.txt", "made/.hidden", "made/[x]", "other/a.txt", "made/deep/c.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


@pytest.mark.parametrize(
    "pattern, found",
    [
        ("made/a.txt", ["made/a.txt"]),
        ("./made/*.txt", ["made/a.txt", "made/b.txt"]),
        ("*/a.txt", ["made/a.txt", "other/a.txt"]),
        ("made/?idden", []),
        ("made/.*", ["made/.hidden"]),
        ("made/*en", ["made/.hidden"]),
        ("made/[^b].txt", ["made/a.txt"]),
        ("made/[a-b].txt", ["made/a.txt", "made/b.txt"]),
        ("made/[!a].txt", ["made/a.txt"]),
        (r"made/\[x\]", ["made/[x]"]),
        ("**/c.txt", []),
        ("made/**/c.txt", ["made/deep/c.txt"]),
        ("nothing/*", []),
        ("nothing", []),
    ],
)
def test_patterns(pattern: str, found: list[str]) -> None:
    assert globs.find(pattern) == found


@pytest.mark.parametrize("pattern", ["[bad", "[]a]", "[-x]", "x[a-]", "made/a\\", "["])
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(ValueError):
        globs.find(pattern)


async def process(tmp_path: Path, files: list[str]) -> tuple[Artifact, list[str]]:
    context = make_context(tmp_path)
    before = Artifact("packer.file", "File", "Stored file", (Path("o.txt"),))
    processed = await Artifice(Artifice.Config(files=files)).post_process(before, context)
    assert (processed.keep, processed.forced) == (True, False)
    assert processed.artifact is not None
    return processed.artifact, context.warned


async def test_the_files_take_the_place_of_the_artifact_s_own(tmp_path: Path) -> None:
    artifact, warned = await process(tmp_path, ["made/*.txt", "made/a.txt", "other/a.txt"])
    assert [str(path) for path in artifact.files] == ["made/a.txt", "made/b.txt", "other/a.txt"]
    assert not warned


async def test_a_pattern_without_files_is_told(tmp_path: Path) -> None:
    artifact, warned = await process(tmp_path, ["nothing/*"])
    assert (artifact.files, warned) == ((), ['Nothing matches "nothing/*".'])


async def test_removing_the_artifact_removes_its_files(tmp_path: Path) -> None:
    artifact, _ = await process(tmp_path, ["made/*.txt"])
    await artifact.destroy()
    assert not list(tmp_path.glob("made/*.txt")) and (tmp_path / "other/a.txt").exists()


async def test_a_bad_pattern_ends_the_step(tmp_path: Path) -> None:
    with pytest.raises(StepError, match=r'"\[bad" is not a pattern'):
        await process(tmp_path, ["[bad"])


def test_options() -> None:
    (problem,) = Artifice.check(Artifice.Config(), {})
    assert problem.severity == "error"
    (problem,) = Artifice.check(Artifice.Config(files=["[bad"]), {"files": Argument(["[bad"])})
    assert (problem.severity, problem.summary) == ("warning", '"[bad" is not a pattern of file names')
