"""What shell and shell-local share."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.clients import scripts


def test_inline_lines_are_one_script() -> None:
    assert scripts.inline_script(["a", "b"], None) == b"#!/bin/sh -e\na\nb\n"
    assert scripts.inline_script(["a"], "/bin/bash") == b"#!/bin/bash\na\n"
    assert scripts.inline_script(["#!/bin/ash", "a"], None) == b"#!/bin/ash\na\n"
    assert scripts.inline_script(["#!/bin/ash", "a"], "/bin/sh") == b"#!/bin/sh\n#!/bin/ash\na\n"


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (["# a note", "set -eu", "apk add nginx"], "apk add nginx"),
        (["\n  set -x\n  make\n"], "make"),
        (["x" * 60], "x" * 60),
        (["# nothing"], ""),
    ],
)
def test_the_title_is_the_first_command(lines: list[str], title: str) -> None:
    assert scripts.first_command(lines) == title


@pytest.mark.parametrize(
    "command",
    ["chmod +x {{.Path}}; {{.Vars}} {{.Path}}", "{{ .Vars }} bash '{{.Path}}'", "cd / && {{.Vars}} {{.Path}}"],
)
def test_values_stay_off_the_command_line_where_a_command_begins(command: str) -> None:
    placed, exposes = scripts.place_variables(command, {"TOKEN": "secret"}, "%s='%s' ")
    assert "secret" not in placed
    assert "Vars" not in placed
    assert not exposes


@pytest.mark.parametrize("command", ["sudo env {{.Vars}} {{.Path}}", "sudo -S sh -c '{{ .Vars }} {{ .Path }}'"])
def test_values_stand_where_only_text_will_do_and_that_is_told(command: str) -> None:
    placed, exposes = scripts.place_variables(command, {"TOKEN": "secret"}, "%s='%s' ")
    assert "TOKEN='secret' " in placed
    assert exposes


@given(st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True), st.text("ab '\"$`\\\n;é"), max_size=3))
def test_variables_text_means_the_same_to_a_shell(values: dict[str, str]) -> None:
    values = {f"T_{name}": value for name, value in values.items()}
    text = scripts.variables_text(values, "export %s='%s'\n")
    shown = "".join(f'printf "%s\\0" "${name}"; ' for name in sorted(values))
    done = subprocess.run(["/bin/sh", "-c", text + shown], capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == [value for _, value in sorted(values.items())]
