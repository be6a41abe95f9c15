"""Changes to an image's configuration, written as Dockerfile instructions, as Packer's docker builder takes them.

The instructions are those of `docker commit --change`: CMD ENTRYPOINT ENV EXPOSE LABEL USER VOLUME WORKDIR.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Runtime = dict[str, Any]

_PORT = re.compile(r"(\d+)(?:-(\d+))?(?:/(tcp|udp|sctp))?")
_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+""")


class ChangeError(ValueError):
    """A change that cannot be; the text says why."""


def apply_changes(runtime: Mapping[str, Any], changes: Iterable[str]) -> Runtime:
    """The `config` object of an image after `changes`. Raises ChangeError naming the instruction."""
    changed = dict(runtime)
    for change in changes:
        name, _, rest = change.strip().partition(" ")
        instruction = _INSTRUCTIONS.get(name.upper())
        if instruction is None:
            known = ", ".join(sorted(_INSTRUCTIONS))
            raise ChangeError(f'"{name}" is not an instruction that changes can hold; they are {known}')
        if not rest.strip():
            raise ChangeError(f"{name.upper()} needs an argument")
        instruction(changed, rest.strip())
    return changed


def _command(text: str) -> list[str]:
    """The JSON form as it is, else for `/bin/sh -c`."""
    if text.startswith("["):
        try:
            words = json.loads(text)
        except ValueError:
            words = None
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            return words
    return ["/bin/sh", "-c", text]


def _cmd(runtime: Runtime, text: str) -> None:
    runtime["Cmd"] = _command(text)


def _entrypoint(runtime: Runtime, text: str) -> None:
    """Resets Cmd, as a Dockerfile's ENTRYPOINT does with what the base brought along."""
    runtime["Entrypoint"] = _command(text)
    runtime.pop("Cmd", None)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _unquote(word: str) -> str:
    return re.sub(
        r"""\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'""",
        lambda found: found[1] or (re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3] or ""),
        word,
    )


def _pairs(name: str, text: str) -> Iterable[tuple[str, str]]:
    words = _words(text)
    if "=" not in words[0]:  # ENV KEY the rest is the value
        key, _, value = text.partition(" ")
        if not value:
            raise ChangeError(f"{name} {text} has no value: write {name} {text}=...")
        return [(key, value.strip())]
    pairs = []
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise ChangeError(f'{name}: "{word}" is not KEY=VALUE')
        pairs.append((_unquote(key), _unquote(value)))
    return pairs


def _env(runtime: Runtime, text: str) -> None:
    variables = [str(variable) for variable in runtime.get("Env") or []]
    for key, value in _pairs("ENV", text):
        assignment = f"{key}={value}"
        places = [place for place, variable in enumerate(variables) if variable.partition("=")[0] == key]
        if places:
            variables[places[0]] = assignment
        else:
            variables.append(assignment)
    runtime["Env"] = variables


def _label(runtime: Runtime, text: str) -> None:
    runtime["Labels"] = {**(runtime.get("Labels") or {}), **dict(_pairs("LABEL", text))}


def _expose(runtime: Runtime, text: str) -> None:
    ports = dict(runtime.get("ExposedPorts") or {})
    for word in text.split():
        found = _PORT.fullmatch(word)
        if found is None:
            raise ChangeError(f'EXPOSE: "{word}" is not PORT, PORT-PORT or PORT/PROTOCOL')
        first, last = int(found[1]), int(found[2] or found[1])
        if not 0 < first <= last <= 65535:
            raise ChangeError(f'EXPOSE: "{word}" is not a port between 1 and 65535')
        ports.update({f"{port}/{found[3] or 'tcp'}": {} for port in range(first, last + 1)})
    runtime["ExposedPorts"] = ports


def _user(runtime: Runtime, text: str) -> None:
    if " " in text:
        raise ChangeError("USER takes one argument, USER[:GROUP]")
    runtime["User"] = text


def _volume(runtime: Runtime, text: str) -> None:
    paths = _command(text) if text.startswith("[") else text.split()
    runtime["Volumes"] = {**(runtime.get("Volumes") or {}), **{path: {} for path in paths}}


def _workdir(runtime: Runtime, text: str) -> None:
    runtime["WorkingDir"] = posixpath.normpath(posixpath.join(runtime.get("WorkingDir") or "/", _unquote(text)))


_INSTRUCTIONS: dict[str, Callable[[Runtime, str], None]] = {
    "CMD": _cmd,
    "ENTRYPOINT": _entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "LABEL": _label,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}
