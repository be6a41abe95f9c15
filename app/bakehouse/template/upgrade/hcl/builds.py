"""Provisioners and post-processors to the blocks of a build."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from bakehouse.sdk.go_time.moments import parse_duration
from bakehouse.template.upgrade.fixers.walking import section
from bakehouse.template.upgrade.hcl.bodies import Lines, block, literal
from bakehouse.template.upgrade.hcl.calls import Calls
from bakehouse.template.upgrade.hcl.sources import Source
from bakehouse.template.upgrade.hcl.text import duration, quote

_DURATIONS = ("pause_before", "timeout")


class Names:
    """The builders by their legacy names, for what refers to them."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = {source.name: source for source in sources}

    def address(self, name: Any) -> Any:
        """What `only` and `except` list: TYPE.NAME."""
        return self._sources[name].address if isinstance(name, str) and name in self._sources else name

    def label(self, name: str) -> str:
        """The key of `override`: the name alone."""
        return self._sources[name].label if name in self._sources else name


def build_block(template: dict[str, Any], sources: Sequence[Source], calls: Calls) -> Lines:
    """The build block, with all provisioners and post-processors."""
    names = Names(sources)
    lines = ["build {"]
    if description := section(template, "description"):
        lines += [f"description = {calls.quoted(str(description))}", ""]
    listed = ", ".join(quote(f"source.{source.address}") for source in sources)
    lines += [f"sources = [{listed}]", ""]
    for provisioner in _dicts(section(template, "provisioners")):
        lines += [*_with_notes(_step("provisioner", provisioner, names, calls), calls), ""]
    cleanup = section(template, "error-cleanup-provisioner")
    if isinstance(cleanup, dict) and cleanup:
        lines += [*_with_notes(_step("error-cleanup-provisioner", cleanup, names, calls), calls), ""]
    for chain in chains(template):
        lines += _chain(chain, names, calls)
    return [*lines, "}"]


def chains(template: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The post-processors: a list for each chain."""
    listed = section(template, "post-processors")
    found = []
    for item in listed if isinstance(listed, list) else []:
        parts = [
            {"type": part} if isinstance(part, str) else part for part in (item if isinstance(item, list) else [item])
        ]
        found.append(_dicts(parts))
    return [chain for chain in found if chain]


def _chain(chain: list[dict[str, Any]], names: Names, calls: Calls) -> Lines:
    blocks = [line for part in chain for line in _with_notes(_step("post-processor", part, names, calls), calls)]
    return blocks if len(chain) == 1 else ["post-processors {", *blocks, "}"]


def _step(word: str, given: dict[str, Any], names: Names, calls: Calls) -> Lines:
    options = {name: value for name, value in given.items() if name not in ("type", "keep_input_artifact", "override")}
    for name in ("only", "except"):
        if isinstance(options.get(name), list):
            options[name] = [names.address(item) for item in options[name]]
    first: Lines = []
    if given.get("keep_input_artifact") is not None:
        first.append(f"keep_input_artifact = {literal(given['keep_input_artifact'], calls)}")
    if word != "post-processor":
        _settle(options)
        override = given.get("override")
        if isinstance(override, dict) and override:
            renamed = {names.label(name): value for name, value in override.items()}
            first.append(f"override = {literal(renamed, calls)}")
    return block(f"{word} {quote(str(given.get('type') or ''))}", options, calls, first)


def _settle(options: dict[str, Any]) -> None:
    """Durations as Go shows them, the number of tries as text."""
    for name in _DURATIONS:
        if name in options and (nanoseconds := _nanoseconds(options[name])) is not None:
            options[name] = duration(nanoseconds)
            if not nanoseconds:
                del options[name]
    if isinstance(tries := options.get("max_retries"), int) and not isinstance(tries, bool):
        options["max_retries"] = str(tries)


def _nanoseconds(value: Any) -> int | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    try:
        return int(parse_duration(value) * Fraction(10**9)) if isinstance(value, str) else None
    except ValueError:
        return None


def _with_notes(lines: Lines, calls: Calls) -> Lines:
    return [*(f"# {note}" for note in calls.take_notes()), *lines]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
