"""Every bad input that was promised a clear error has a golden file of its message somewhere in the tests."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PROMISED = {
    "no template": "template/golden/no-template.txt",
    "a directory without one": "template/golden/directory-without-template.txt",
    "a syntax error": "template/golden/syntax-error.txt",
    "an unknown builder": "template/golden/unknown-builder.txt",
    "an unknown option": "template/golden/unknown-option.txt",
    "a missing variable": "template/golden/missing-variable.txt",
    "a provisioner script that does not exist": "template/golden/missing-script.txt",
    "dockerd not running": "faults/golden/dockerd-not-running.txt",
    "no permission on its socket": "faults/golden/docker-no-permission.txt",
    "no isolation tier at all": "faults/golden/no-isolation.txt",
    "a full disk, of the record": "faults/golden/full-state.txt",
    "a full disk, of the output": "faults/golden/full-output.txt",
    "a full disk, for temporary files": "faults/golden/full-tmp.txt",
    "a full disk, in the machine": "faults/golden/full-machine.txt",
    "a terminal that is too small": "faults/golden/terminal-too-small.txt",
    "stdin closed": "faults/golden/stdin-closed.txt",
    "a second run of the same template at the same time": "faults/golden/output-being-written.txt",
    "an output that exists already": "faults/golden/output-exists.txt",
    "$EDITOR unset": "faults/golden/editor-unset.txt",
    "$EDITOR failing": "faults/golden/editor-fails.txt",
    "a socket path that someone else made": "cli/golden/socket-of-another.txt",
    "a viewer of another protocol version": "cli/golden/viewer-of-another-version.txt",
}


@pytest.mark.parametrize("promise", PROMISED)
def test_has_a_golden_file(promise: str) -> None:
    text = (TESTS / PROMISED[promise]).read_text()
    assert text.strip()
    assert "Traceback" not in text
    assert "Errno" not in text


def test_the_nearest_name_is_given() -> None:
    assert "docker" in (TESTS / PROMISED["an unknown builder"]).read_text()


def test_every_golden_file_is_used() -> None:
    source = "".join(path.read_text() for path in (TESTS / "faults").glob("test_*.py"))
    unused = [path.stem for path in (TESTS / "faults/golden").iterdir() if f'"{path.stem}"' not in source]
    assert unused == []
