"""Reading a legacy template as plain JSON, as Packer's `fix` does: what the JSON means is looked at later."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import NoReturn

from bakehouse.errors import Diagnostic, Location, TemplateError
from bakehouse.template.upgrade.fixers.walking import Template

_BIGGEST = 1.7976931348623157e308


@dataclass(frozen=True, slots=True)
class LegacyFile:
    """name: as people gave it, "-" for standard input. text: what is in it. template: the same, decoded."""

    name: str
    text: str
    template: Template


def read_legacy(name: str, verb: str) -> LegacyFile:
    """A file with a JSON template. verb: who wants it, for the error. Raises TemplateError."""
    if name.endswith((".pkr.hcl", ".pkr.json")):
        help = f"{verb} is for templates in JSON from before HCL."
        raise _refused(f'"{name}" is not a legacy JSON template', "By its name it is one in HCL already.", help)
    text = _text(name)
    try:
        template = json.loads(text, parse_constant=_no_constant, parse_int=_whole, parse_float=_fraction)
    except json.JSONDecodeError as error:
        raise _refused("This is not JSON", f"{error.msg}.", place=Location(name, error.lineno, error.colno)) from None
    except RecursionError:
        raise _refused("This is not a template", "It is nested too deeply.", place=Location(name, 1)) from None
    except ValueError as error:
        raise _refused("This is not JSON", str(error), place=Location(name, 1)) from None
    if not isinstance(template, dict):
        help = 'Write { "builders": [...] }.'
        raise _refused("This is not a template", "It has to be a JSON object.", help, Location(name, 1, 1))
    return LegacyFile(name, text, template)


def _text(name: str) -> str:
    try:
        if name == "-":
            content = sys.stdin.buffer.read()
        else:
            with open(name, "rb") as file:
                content = file.read()
    except OSError as error:
        raise _refused(f'Cannot read "{name}"', f"{error.strerror or error}.", help=_where(name)) from None
    return content.decode("utf-8-sig", errors="replace")


def _where(name: str) -> str:
    folder = os.path.dirname(os.path.abspath(name))
    return "" if os.path.exists(name) else f"Looked in {folder}."


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no value in JSON.")


def _whole(digits: str) -> int:
    if len(digits) > 400 or abs(int(digits)) > _BIGGEST:
        raise ValueError(f"The number {digits[:20]}... is too big.")
    return int(digits)


def _fraction(digits: str) -> float:
    if abs(float(digits)) > _BIGGEST:
        raise ValueError(f"The number {digits} is too big.")
    return float(digits)


def _refused(summary: str, detail: str, help: str = "", place: Location | None = None) -> TemplateError:
    return TemplateError([Diagnostic(summary, detail, place, help=help)])
