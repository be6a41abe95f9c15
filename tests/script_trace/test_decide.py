"""What runs a script, as far as its first line and the command line tell."""

from __future__ import annotations

import pytest

from bakehouse.clients.script_trace.decide import SCRIPT_MARK, decide


@pytest.mark.parametrize(
    ("first", "command", "shell", "xtrace"),
    [
        ("#!/bin/bash", "chmod +x {}; {}", "bash", False),
        ("#!/bin/bash -eux", "{}", "bash", True),
        ("#! /usr/bin/env bash", "sudo -E {}", "bash", False),
        ("#!/usr/bin/env -S bash -x", "{}", "bash", True),
        ("#!/bin/sh -e", "{}", "sh", False),
        ("#!/bin/dash", "{}", "sh", False),
        ("", "{}", "sh", False),
        ("#!/bin/bash", "sh '{}'", "sh", False),
        ("#!/bin/sh", 'echo pw | sudo -S env A=b bash -x "{}"', "bash", True),
        ("#!/bin/bash", "echo pw | sudo -S sh -c 'A=b {}'", "bash", False),
        ("#!/bin/sh", "bash -eu -o pipefail -o xtrace {}", "bash", True),
        ("#!/usr/bin/python3", "bash {}", "bash", False),
        ("#!/bin/bash", "su - worker -c {}", "bash", False),
    ],
)
def test_the_shell(first: str, command: str, shell: str, xtrace: bool) -> None:
    found = decide(f"{first}\necho one\n".encode(), command.replace("{}", SCRIPT_MARK))
    assert (found.shell, found.xtrace, found.reason) == (shell, xtrace, "")


@pytest.mark.parametrize(
    ("script", "command", "reason"),
    [
        ("#!/usr/bin/python3\n", "{}", "python3 runs it"),
        ("#!/bin/zsh\n", "{}", "zsh runs it"),
        ("#!/bin/bash\n", "mksh {}", "mksh runs it"),
        ("#!/bin/bash\n", "chroot /mnt {}", "another root directory"),
        ("#!/bin/bash\n", ". {}", "reads it as its own"),
        ("#!/bin/bash -v\n", "{}", "-v shows"),
        ("#!/bin/bash\nset -euv\n", "{}", "set -v"),
        ("#!/bin/sh\nset -e -o verbose\n", "{}", "set -v"),
        ("#!/bin/bash\nif true; then trap; fi\n", "{}", "lists its traps"),
        ("#!/bin/bash\nx=$(trap -p EXIT)\n", "{}", "lists its traps"),
        ("#!/bin/bash\nshopt -s extdebug\n", "{}", "extdebug"),
        ("#!/bin/bash\n[[ $- == *i* ]] && return\n", "{}", "options"),
        ("#!/bin/bash\nmd5sum \"$0\"\n", "{}", "its own text"),
        ("#!/bin/sh\ntail -n +9 < $0\n", "{}", "its own text"),
        ("#!/bin/bash\ninstall -m 755 \"${BASH_SOURCE[0]}\" /usr/bin/me\n", "{}", "its own text"),
        ("#!/bin/bash\nrm -f /dev/null\n", "{}", "/dev/null"),
        ("#!/bin/bash\nmount -t tmpfs tmpfs /mnt/dev\n", "{}", "/dev/null"),
        ("#!/bin/bash\necho \xff\0\n", "{}", "not text"),
    ],
)  # fmt: skip
def test_why_not(script: str, command: str, reason: str) -> None:
    found = decide(script.encode("latin-1"), command.replace("{}", SCRIPT_MARK))
    assert found.shell is None
    assert reason in found.reason


@pytest.mark.parametrize(
    "line",
    [
        'cd "$(dirname "$0")"',
        "trap 'rm -rf $work' EXIT",
        "trap - EXIT",
        "command -v curl",
        "grep -v '^#' file",
        "cp a /dev/shm/b",
        "rm -rf /tmp/x >/dev/null",
        "set -- a b",
        "set -euo pipefail",
        "tar -xvf a.tar",
        "echo $0",
    ],
)
def test_what_is_no_reason(line: str) -> None:
    for shell in ("bash", "sh"):
        assert decide(f"#!/bin/{shell}\n{line}\n".encode(), SCRIPT_MARK).shell == shell
