"""Functions of files and paths (go-cty-funcs, filesystem/). Paths are relative to the template's directory."""

from __future__ import annotations

import base64
import os
import re
from collections import ChainMap
from pathlib import Path

from bakehouse.template.callables import Family, Function, Parameter, text
from bakehouse.template.contents import TOO_LARGE, Unfit, read_bounded
from bakehouse.template.evaluate import evaluate
from bakehouse.template.fault import Fault
from bakehouse.template.functions.encoding import from_utf8
from bakehouse.template.functions.globs import find
from bakehouse.template.functions.maps import mapping
from bakehouse.template.kinds import BOOL, STRING
from bakehouse.template.scope import Scope
from bakehouse.template.syntax.parse import parse_template
from bakehouse.template.values import Value, set_of, string

LARGEST = 64 << 20
"""Bytes that a function reads of a file; Packer reads a device for ever."""
family = Family()
_PATH = text("path")
_NAME = re.compile(r"[^\W\d][\w-]*")


def expand(given: str) -> str:
    """`~` at the start is the home directory; `~user` is not supported, as in Packer."""
    if not given.startswith("~"):
        return given
    if given[1:2] not in ("", "/", "\\"):
        raise Fault("Another user's home", "Only ~ itself can be expanded, not ~user.", argument=0)
    return os.path.normpath(f"{os.path.expanduser('~')}/{given[1:]}")


def resolved(given: str, directory: Path) -> Path:
    """The file that a path names."""
    return Path(os.path.normpath(directory / expand(given)))


def read(given: str, directory: Path, scope: Scope) -> bytes:
    """The bytes of a file; Fault that says why not."""
    path = resolved(given, directory)
    try:
        data = read_bounded(str(path), LARGEST)
    except Unfit as unfit:
        help = f"A function reads up to {LARGEST >> 20} MiB." if str(unfit) == TOO_LARGE else ""
        raise Fault("Cannot read the file", f'"{given}" ({path}) {unfit}.', help=help, argument=0) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        help = _started_elsewhere(given, directory, scope) if isinstance(error, FileNotFoundError) else ""
        raise Fault("Cannot read the file", f'"{given}" ({path}): {reason}.', help=help, argument=0) from None
    scope.on_read(path)
    return data


def _started_elsewhere(given: str, directory: Path, scope: Scope) -> str:
    """What to write where there is such a file, counted from the current directory."""
    other = resolved(given, scope.working_directory)
    if directory != scope.directory or not other.exists():
        return ""
    if other.is_relative_to(scope.working_directory / directory):
        return "A relative path starts from the template's directory already: leave out ${path.root}."
    return "A relative path starts from the template's directory, not from the current one."


@family.function("file", _PATH, result=STRING, scoped=True)
def file(scope: Scope, given: str) -> str:
    """The content of a file, which must be UTF-8."""
    return from_utf8(read(given, scope.directory, scope), f'"{given}"')


@family.function("filebase64", _PATH, result=STRING, scoped=True)
def file_base64(scope: Scope, given: str) -> str:
    """The content of a file in base 64. The path is relative to the current directory, as in Packer."""
    return base64.b64encode(read(given, scope.working_directory, scope)).decode()


@family.function("fileexists", _PATH, result=BOOL, scoped=True)
def file_exists(scope: Scope, given: str) -> bool:
    """Whether there is a file; anything else of this name is an error."""
    path = resolved(given, scope.directory)
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise Fault("Cannot look at the file", f'"{given}": {error}.', argument=0) from None
    if not path.is_file():
        raise Fault("Not a file", f'"{given}" is there, but it is no regular file.', argument=0)
    return True


@family.function("fileset", text("path"), text("pattern"), scoped=True)
def file_set(scope: Scope, given: str, pattern: str) -> Value:
    """The files below a directory that match a pattern with *, ?, [a-z], {a,b} and **."""
    try:
        found = find(resolved(given, scope.directory), pattern)
    except ValueError as error:
        raise Fault("Unsuitable pattern", f'"{pattern}": {error}', argument=1) from None
    return set_of(STRING, map(string, found))


@family.function("basename", _PATH, result=STRING)
def base_name(given: str) -> str:
    """The last part of a path."""
    stripped = given.rstrip("/")
    return os.path.basename(stripped) if stripped else "/" if given else "."


@family.function("dirname", _PATH, result=STRING)
def dir_name(given: str) -> str:
    """All of a path but its last part."""
    return os.path.normpath(given.rpartition("/")[0] or ("/" if given.startswith("/") else "."))


@family.function("abspath", _PATH, result=STRING, scoped=True)
def absolute_path(scope: Scope, given: str) -> str:
    """The path from the root. It is relative to the current directory, as in Packer; `~` is not expanded."""
    return os.path.normpath(os.path.join(scope.working_directory, given))


@family.function("pathexpand", _PATH, result=STRING)
def path_expand(given: str) -> str:
    """The path with `~` at its start replaced by the home directory."""
    return expand(given)


@family.function("templatefile", _PATH, Parameter("vars"), scoped=True, structural=True)
def template_file(scope: Scope, given: str, variables: Value) -> Value:
    """What a file evaluates to as a template, in which only `vars` and the functions are known."""
    names: dict[str, Value] = mapping(variables, 1).payload
    for name in names:
        if not _NAME.fullmatch(name):
            detail = f'"{name}" is no name: letters, digits, _ and -, not a digit first.'
            raise Fault("Unsuitable variable", detail, argument=1)
    content = from_utf8(read(given, scope.directory, scope), f'"{given}"')
    expression = parse_template(content, os.path.relpath(resolved(given, scope.directory), scope.working_directory))
    inner = Scope(
        names,
        ChainMap({"templatefile": _REFUSED}, scope.functions),  # type: ignore[arg-type]
        scope.directory,
        scope.working_directory,
        on_read=scope.on_read,
    )
    return evaluate(expression, inner)


def _no_recursion(given: str, variables: Value) -> str:
    raise Fault("templatefile() inside itself", "A template that is read with templatefile() cannot read another one.")


_REFUSED = Function("templatefile", (_PATH, Parameter("vars")), None, STRING, _no_recursion)
