"""The flags of `docker run`, as fields of the API's container-create call (Docker Engine API, ContainerCreate).

Packer's docker builder hands its `run_command` to the docker program; here there is no program, so each flag is
known by name. A flag that is not known, or that would break a build (`--rm`, `--name`), is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bakehouse.errors import StepError

Put = Callable[["RunArguments", str], None]


@dataclass(slots=True)
class RunArguments:
    """What a `run_command` comes to. `config`: the call's body but for Image; `host`: its HostConfig."""

    image: str = ""
    config: dict[str, Any] = field(default_factory=dict)
    host: dict[str, Any] = field(default_factory=dict)


def parse_run_arguments(words: Sequence[str]) -> RunArguments:
    """Flags, then the image, then a command. Raises StepError naming the flag that cannot be."""
    found = RunArguments()
    rest = list(words)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        if word == "--":
            break
        if word.startswith("--"):
            _long(found, word, rest)
        else:
            _short(found, word, rest)
    if not rest or not rest[0]:
        raise StepError(f"run_command names no image: {' '.join(words)}")
    found.image, *command = rest
    if command:
        found.config["Cmd"] = command
    return found


def _long(found: RunArguments, word: str, rest: list[str]) -> None:
    name, equals, value = word[2:].partition("=")
    if name in _SWITCHES:
        _SWITCHES[name](found, value or "true")
    elif name in _VALUES:
        _VALUES[name](found, value if equals else _next(word, rest))
    else:
        raise StepError(_refusal(f"--{name}"))


def _short(found: RunArguments, word: str, rest: list[str]) -> None:
    """`-d`, `-dit`, `-e A=b`, `-eA=b`."""
    letters = word[1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        name = _SHORT.get(letter, "")
        if name in _SWITCHES:
            _SWITCHES[name](found, "true")
        elif name in _VALUES:
            _VALUES[name](found, letters.removeprefix("=") or _next(f"-{letter}", rest))
            return
        else:
            raise StepError(_refusal(f"-{letter}"))


def _next(word: str, rest: list[str]) -> str:
    if not rest:
        raise StepError(f"run_command: {word} needs a value")
    return rest.pop(0)


def _refusal(flag: str) -> str:
    reasons = {
        "--rm": "the container would be gone before it is committed",
        "--name": "containers are named by Bakehouse, so that they can be removed after a crash",
        "--label": "a label would stay in the image; use `changes` for labels that you want there",
        "-l": "a label would stay in the image; use `changes` for labels that you want there",
    }
    if flag in reasons:
        return f"run_command: {flag} cannot be used: {reasons[flag]}"
    return f"run_command: {flag} is not supported. Known flags: {', '.join(known_flags())}"


def known_flags() -> list[str]:
    """Every flag that is understood, long form."""
    return sorted(f"--{name}" for name in {**_SWITCHES, **_VALUES})


def _ignore(found: RunArguments, value: str) -> None:
    return


def _flag(part: str, key: str) -> Put:
    def put(found: RunArguments, value: str) -> None:
        getattr(found, part)[key] = _boolean(value)

    return put


def _text(part: str, key: str) -> Put:
    def put(found: RunArguments, value: str) -> None:
        getattr(found, part)[key] = value

    return put


def _append(part: str, key: str) -> Put:
    def put(found: RunArguments, value: str) -> None:
        getattr(found, part).setdefault(key, []).append(value)

    return put


def _pair(part: str, key: str, separator: str) -> Put:
    def put(found: RunArguments, value: str) -> None:
        name, _, content = value.partition(separator)
        getattr(found, part).setdefault(key, {})[name] = content

    return put


def _entrypoint(found: RunArguments, value: str) -> None:
    found.config["Entrypoint"] = [value]


def _environment(found: RunArguments, value: str) -> None:
    if "=" not in value:
        raise StepError(f"run_command: --env {value} has no value")
    found.config.setdefault("Env", []).append(value)


def _memory(key: str) -> Put:
    def put(found: RunArguments, value: str) -> None:
        parts = re.fullmatch(r"(\d+)([bkmg]?)b?", value.lower())
        if parts is None:
            raise StepError(f"run_command: {value} is no size; write 512m or 2g")
        found.host[key] = int(parts[1]) << {"": 0, "b": 0, "k": 10, "m": 20, "g": 30}[parts[2]]

    return put


def _number(key: str, scale: int = 1) -> Put:
    def put(found: RunArguments, value: str) -> None:
        try:
            found.host[key] = int(float(value) * scale)
        except ValueError:
            raise StepError(f"run_command: {value} is no number") from None

    return put


def _device(found: RunArguments, value: str) -> None:
    on_host, _, rest = value.partition(":")
    inside, _, permissions = rest.partition(":")
    device = {"PathOnHost": on_host, "PathInContainer": inside or on_host, "CgroupPermissions": permissions or "rwm"}
    found.host.setdefault("Devices", []).append(device)


def _publish(found: RunArguments, value: str) -> None:
    address, _, inside = value.rpartition(":")
    ip, _, port = address.rpartition(":")
    key = inside if "/" in inside else f"{inside}/tcp"
    found.config.setdefault("ExposedPorts", {})[key] = {}
    found.host.setdefault("PortBindings", {}).setdefault(key, []).append({"HostIp": ip, "HostPort": port})


def _boolean(value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise StepError(f"run_command: {value} is neither true nor false")
    return value.lower() == "true"


_SHORT = {
    "d": "detach", "i": "interactive", "t": "tty", "e": "env", "v": "volume", "u": "user", "w": "workdir",
    "h": "hostname", "m": "memory", "c": "cpu-shares", "p": "publish",
}  # fmt: skip

_SWITCHES: dict[str, Put] = {
    "detach": _ignore,
    "interactive": _flag("config", "OpenStdin"),
    "tty": _flag("config", "Tty"),
    "privileged": _flag("host", "Privileged"),
    "read-only": _flag("host", "ReadonlyRootfs"),
    "init": _flag("host", "Init"),
}

_VALUES: dict[str, Put] = {
    "add-host": _append("host", "ExtraHosts"),
    "cap-add": _append("host", "CapAdd"),
    "cap-drop": _append("host", "CapDrop"),
    "cgroupns": _text("host", "CgroupnsMode"),
    "cpu-shares": _number("CpuShares"),
    "cpus": _number("NanoCpus", 10**9),
    "cpuset-cpus": _text("host", "CpusetCpus"),
    "device": _device,
    "dns": _append("host", "Dns"),
    "dns-search": _append("host", "DnsSearch"),
    "entrypoint": _entrypoint,
    "env": _environment,
    "group-add": _append("host", "GroupAdd"),
    "hostname": _text("config", "Hostname"),
    "ipc": _text("host", "IpcMode"),
    "memory": _memory("Memory"),
    "net": _text("host", "NetworkMode"),
    "network": _text("host", "NetworkMode"),
    "pid": _text("host", "PidMode"),
    "publish": _publish,
    "runtime": _text("host", "Runtime"),
    "security-opt": _append("host", "SecurityOpt"),
    "shm-size": _memory("ShmSize"),
    "stop-signal": _text("config", "StopSignal"),
    "sysctl": _pair("host", "Sysctls", "="),
    "tmpfs": _pair("host", "Tmpfs", ":"),
    "user": _text("config", "User"),
    "userns": _text("host", "UsernsMode"),
    "uts": _text("host", "UTSMode"),
    "volume": _append("host", "Binds"),
    "volumes-from": _append("host", "VolumesFrom"),
    "workdir": _text("config", "WorkingDir"),
}
