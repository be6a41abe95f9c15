"""What a template can say, and nobody can mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.templates import NULL, errors_of, plan_of, warnings_of

TWO = NULL + 'source "null" "y" {\n  communicator = "none"\n}\n'
BUILD = 'build {\n  sources = ["null.x", "null.y"]\n  %s\n}\n'
STEP = 'provisioner "shell-local" {\n    inline = ["true"]\n    %s\n  }'
FILES = 'source "file" "a" {\n  target  = "%s"\n  content = "a"\n}\nsource "file" "b" {\n  target  = "%s"\n}\n'
BOTH = 'build {\n  sources = ["file.a", "file.b"]\n}\n'


@pytest.mark.parametrize(
    ("option", "column", "detail"),
    [
        ('only = ["null.z"]', 13, "The step is part of no build."),
        ('except = ["null.y", "yy"]', 25, ""),
        ('only = ["null.x", "null.*"]', 23, ""),
    ],
)
def test_a_name_that_no_build_has_is_warned_of(tmp_path: Path, option: str, column: int, detail: str) -> None:
    (warning,) = warnings_of(tmp_path, TWO + BUILD % (STEP % option))
    assert "and there is no such build" in warning.summary
    assert warning.location is not None
    assert (warning.location.line, warning.location.column) == (11, column)
    near = "yy" not in option
    assert (warning.detail, warning.help) == (
        detail,
        'Did you mean "null.y"?' if near else "There are null.x, null.y.",
    )


def test_a_timeout_that_a_pause_drops_is_warned_of(tmp_path: Path) -> None:
    (warning,) = warnings_of(tmp_path, TWO + BUILD % (STEP % 'timeout = "5s"\n    pause_before = "1s"'))
    assert warning.summary == '"timeout" does nothing beside "pause_before"'
    assert warning.location is not None and warning.location.line == 11


def test_so_is_one_in_a_post_processor(tmp_path: Path) -> None:
    step = 'post-processor "manifest" {\n    only = ["x"]\n  }'
    (warning,) = warnings_of(tmp_path, TWO + BUILD % step)
    assert warning.summary == '"only" names "x", and there is no such build'


def test_names_of_builds_that_are_left_out_are_names(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, TWO + BUILD % (STEP % 'only = ["null.x"]'), only=["null.y"]) == []


def test_build_blocks_may_share_a_list_of_names(tmp_path: Path) -> None:
    text = TWO + "".join(f'build {{\n  sources = ["null.{name}"]\n  {STEP % "%s"}\n}}\n' for name in "xy")
    both, other = 'only = ["null.x", "null.y"]', 'only = ["null.y"]'
    assert warnings_of(tmp_path, text % (both, both)) == []
    (warning,) = warnings_of(tmp_path, text % (other, other))
    assert warning.detail == "The step is part of no build."


@pytest.mark.parametrize(
    ("step", "help"),
    [
        ('"shell" {\n inline = ["true"]\n', "Use shell-local for what is to run on this host."),
        ('"file" {\n content = "x"\n destination = "/x"\n', "Take it out of these builds."),
    ],
)
def test_a_step_that_needs_a_machine_where_there_is_none_is_warned_of(tmp_path: Path, step: str, help: str) -> None:
    (warning,) = warnings_of(tmp_path, NULL + f'build {{\n  sources = ["null.x"]\n  provisioner {step} }}\n}}\n')
    assert warning.summary.endswith("needs a machine, and null builds have none")
    assert warning.help == help


def test_steps_on_the_host_need_no_machine(tmp_path: Path) -> None:
    steps = (STEP % "") + '\n  provisioner "sleep" {\n    duration = "1s"\n  }\n  provisioner "breakpoint" {\n  }\n'
    assert warnings_of(tmp_path, TWO + BUILD % steps) == []


def test_a_step_that_is_not_part_of_the_build_is_not_warned_of(tmp_path: Path) -> None:
    step = 'provisioner "shell" {\n    inline = ["true"]\n    only = ["file.a"]\n  }'
    text = NULL + FILES % ("a", "b") + 'build {\n  sources = ["null.x", "file.a"]\n' + step + "\n}\n"
    (warning,) = warnings_of(tmp_path, text)
    assert warning.summary == "shell needs a machine, and file builds have none"


@pytest.mark.parametrize(("first", "second"), [("out/a", "out/a"), ("out/a", "./out//a"), ("a", "${path.cwd}/a")])
def test_two_builds_cannot_write_the_same(tmp_path: Path, first: str, second: str) -> None:
    (error,) = errors_of(tmp_path, FILES % (first, second) + BOTH)
    assert error.summary.startswith("Two builds write ")
    assert error.detail == "They are file.a (a.pkr.hcl:2) and file.b."
    assert error.location is not None
    assert error.location.line == 6


def test_builds_that_do_not_run_write_nothing(tmp_path: Path) -> None:
    assert len(plan_of(tmp_path, FILES % ("a", "a") + BOTH, only=["file.b"]).builds) == 1


def test_one_source_can_make_two_files(tmp_path: Path) -> None:
    source = 'source "file" "a" {\n  target = "%s"\n}\nbuild {\n  sources = ["file.a"]\n  source "file.a" {\n'
    source += '    name = "b"\n  }\n}\n'
    assert len(plan_of(tmp_path, source % "${source.name}.txt").builds) == 2
    (error,) = errors_of(tmp_path, source % "same.txt")
    assert error.detail == "They are file.a (a.pkr.hcl:2) and file.b."


def test_manifests_are_shared(tmp_path: Path) -> None:
    assert len(plan_of(tmp_path, TWO + BUILD % 'post-processor "manifest" {\n  }').builds) == 2
