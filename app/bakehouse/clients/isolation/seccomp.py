"""The fake-chown filter: with one user mapped, changes of owner succeed without an effect.

A user namespace that maps 0 to the caller's own id, the only map that needs no privilege, has no other ids: dpkg's
chown, apt's setgroups or a mknod of a device fail with EINVAL or EPERM. The filter answers 0 to them (Charliecloud's
idea); FIFOs and sockets made by mknod are left alone.
"""

from __future__ import annotations

import ctypes
import struct

from bakehouse.clients.isolation import kernel

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_MODE_FILTER = 2

_LOAD, _JUMP_EQUAL, _AND, _RETURN = 0x20, 0x15, 0x54, 0x06
_ALLOW, _ERRNO_ZERO = 0x7FFF0000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_FORMAT, _CHARACTER, _BLOCK = 0o170000, 0o020000, 0o060000

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_FAKED = {
    # chown fchown lchown fchownat, setuid setgid setreuid setregid setgroups setresuid setresgid setfsuid setfsgid,
    # capset
    "x86_64": (92, 93, 94, 260, 105, 106, 113, 114, 116, 117, 119, 122, 123, 126),
    # the same; arm64 has neither chown nor lchown
    "aarch64": (55, 54, 146, 144, 145, 143, 159, 147, 149, 151, 152, 91),
}
_MKNOD = {"x86_64": ((133, 1), (259, 2)), "aarch64": ((33, 2),)}
"""(number, position of the mode argument) of mknod and mknodat."""

SUPPORTED = frozenset(_FAKED)

Instruction = tuple[int, int, int, int]


def program(machine: str) -> list[Instruction]:
    """The filter for one architecture (`os.uname().machine`), as (code, jump if true, jump if false, k)."""
    faked, allowed = (_RETURN, 0, 0, _ERRNO_ZERO), (_RETURN, 0, 0, _ALLOW)
    code: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        allowed,
        (_LOAD, 0, 0, _NUMBER_AT),
    ]
    for number in _FAKED[machine]:
        code += [(_JUMP_EQUAL, 0, 1, number), faked]
    for number, position in _MKNOD[machine]:
        code += [
            (_JUMP_EQUAL, 0, 6, number),
            (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * position),
            (_AND, 0, 0, _FORMAT),
            (_JUMP_EQUAL, 1, 0, _CHARACTER),
            (_JUMP_EQUAL, 0, 1, _BLOCK),
            faked,
            allowed,
        ]
    return [*code, allowed]


_JUMP_ABOVE = 0x35
_ERRNO_NOSYS = 0x00050000 | 38
_UNTRANSLATED = {"x86_64": (323, (303, 304, 316, 322)), "aarch64": (281, (264, 265, 276))}
"""(the first number, others) of what proot 5.1 (2015) does not know: statx, openat2 ..., name_to_handle_at,
open_by_handle_at, renameat2, execveat. With these a program would reach the host's paths."""


def old_kernel(machine: str) -> list[Instruction]:
    """The filter under which the kernel has no system call that proot passes by; programs know how to do without."""
    first, others = _UNTRANSLATED[machine]
    allowed, absent = (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _ERRNO_NOSYS)
    code: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        absent,
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_ABOVE, 0, 1, first),
        absent,
    ]
    for number in others:
        code += [(_JUMP_EQUAL, 0, 1, number), absent]
    return [*code, allowed]


def pass_nothing_by() -> None:
    """Install `old_kernel` for this process and all that it starts. Needs no privilege."""
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _install(old_kernel(kernel.MACHINE))


def fake_ownership() -> None:
    """Install the filter for this process and all that it starts. Needs CAP_SYS_ADMIN in its user namespace."""
    _install(program(kernel.MACHINE))


def _install(code: list[Instruction]) -> None:
    instructions = b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    header = struct.pack("HxxxxxxP", len(instructions) // 8, ctypes.addressof(buffer))
    kernel.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.create_string_buffer(header, len(header)))
