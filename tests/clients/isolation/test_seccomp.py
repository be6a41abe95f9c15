"""The fake-chown filter, run by a small machine for BPF: on every architecture, also those this host is not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bakehouse.clients.isolation.seccomp import program

AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOWED, FAKED = 0x7FFF0000, 0x00050000


def answer(machine: str, number: int, *arguments: int, audit: int | None = None) -> int:
    """What the filter returns for a system call."""
    data = {0: number, 4: AUDIT[machine] if audit is None else audit}
    data |= {16 + 8 * position: value & 0xFFFFFFFF for position, value in enumerate(arguments)}
    code, place, register = program(machine), 0, 0
    while True:
        operation, yes, no, value = code[place]
        place += 1
        if operation == 0x20:
            register = data[value]
        elif operation == 0x54:
            register &= value
        elif operation == 0x15:
            place += yes if register == value else no
        else:
            assert operation == 0x06
            return value


@pytest.mark.parametrize(
    ("machine", "faked", "mknodat"),
    [
        ("x86_64", {"chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260, "setgroups": 116, "setuid": 105}, 259),
        ("aarch64", {"fchownat": 54, "fchown": 55, "setgroups": 159, "setuid": 146, "capset": 91}, 33),
    ],
)
def test_what_is_faked(machine: str, faked: dict[str, int], mknodat: int) -> None:
    assert {name: answer(machine, number) for name, number in faked.items()} == dict.fromkeys(faked, FAKED)
    assert answer(machine, 500) == ALLOWED
    assert answer(machine, mknodat, 0, 0, 0o020666) == FAKED
    assert answer(machine, mknodat, 0, 0, 0o060660) == FAKED
    assert answer(machine, mknodat, 0, 0, 0o010644) == ALLOWED
    assert answer(machine, mknodat, 0, 0, 0o100644) == ALLOWED


def test_x86_mknod_has_its_mode_one_argument_earlier() -> None:
    assert answer("x86_64", 133, 0, 0o020666) == FAKED
    assert answer("x86_64", 133, 0, 0o010644) == ALLOWED


def test_calls_of_another_architecture_are_left_alone() -> None:
    assert answer("x86_64", 92, audit=0x40000003) == ALLOWED


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_program_is_one_that_the_kernel_takes(machine: str) -> None:
    code = program(machine)
    assert len(code) < 4096
    for place, (operation, yes, no, _) in enumerate(code):
        if operation == 0x15:
            assert place + 1 + max(yes, no) < len(code)
    assert code[-1][0] == 0x06


def test_what_proot_does_not_know_is_absent() -> None:
    """Untranslated, these calls would reach the host's paths; the old ones that they stand for still work."""
    script = (
        "import ctypes, os; from bakehouse.clients.isolation import kernel, seccomp\n"
        "seccomp.pass_nothing_by(); libc = ctypes.CDLL(None, use_errno=True)\n"
        "def call(number): return libc.syscall(number, 0, 0, 0, 0, 0), ctypes.get_errno()\n"
        "new = {'x86_64': (332, 437, 316, 322, 439), 'aarch64': (291, 437, 276, 281, 439)}[kernel.MACHINE]\n"
        "print([call(number) for number in new] == [(-1, 38)] * 5, os.stat('/').st_ino > 0, os.getpid() > 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "True True True\n", done.stderr
