"""The steps at which a breakpoint stands: what people call a step, found in a plan (DESIGN 4, `Breakpoint`).

A step is called by its key, its number, its name, its title, its type, the base name of its script; by FILE:LINE of
the template, which means the block that stands there; by BUILD/STEP; and by globs of all these.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

import msgspec

from bakehouse.engine.breakpoint_spec import Spec
from bakehouse.errors import UsageError
from bakehouse.template.plan import BuildPlan, Plan, StepPlan

GLOB = frozenset("*?[")


class Places(msgspec.Struct, frozen=True, omit_defaults=True):
    """steps: keys by build; of a condition of every build empty. script: absolute path, if a line of it is meant;
    line: that line, 0 for a step as a whole."""

    steps: dict[str, list[str]] = {}
    script: str = ""
    line: int = 0


def find(spec: Spec, plan: Plan, cwd: str, build: str = "") -> Places:
    """Where it stands. build: key of the only build that is meant, "" for all.

    Raises UsageError with the nearest names if there is no such place.
    """
    builds = [other for other in plan.builds if build in ("", other.key)]
    if not spec.at:
        return Places({other.key: [step.key for step in other.steps] for other in builds} if build else {})
    named = _named(spec.at, builds)
    if named:
        return Places(named)
    if spec.line:
        return _line(spec, builds, plan, cwd)
    _check_build(spec.at, builds)
    raise UsageError(f'There is no step "{spec.at}".{_nearest(spec.at, builds)}')


def starts(text: str, plan: Plan) -> dict[str, str]:
    """The step of each build from which on all is to be run again, by the builds' keys; "" is none.

    Raises UsageError with the nearest names if no build has such a step.
    """
    named = _named(text, plan.builds) if text else {}
    if text and not named:
        _check_build(text, plan.builds)
        raise UsageError(f'There is no step "{text}" to start from.{_nearest(text, plan.builds)}')
    return {build: keys[0] for build, keys in named.items()}


def step_named(text: str, build: BuildPlan) -> list[str]:
    """The keys of a build's steps that people call so, in order; exact names before globs."""
    return _named(text, [build]).get(build.key, [])


def _named(text: str, builds: Sequence[BuildPlan]) -> dict[str, list[str]]:
    """By name alone, then as BUILD/STEP wherever the slash may be."""
    found = _matching(text, builds)
    cut = text.find("/")
    while not found and cut > 0:
        chosen = [build for build in builds if _is(text[:cut], _build_names(build))]
        found = _matching(text[cut + 1 :], chosen)
        cut = text.find("/", cut + 1)
    return found


def _matching(text: str, builds: Iterable[BuildPlan]) -> dict[str, list[str]]:
    found = {
        build.key: [step.key for step in build.steps if text == step.key or _is(text, _names(step))] for build in builds
    }
    return {build: keys for build, keys in found.items() if keys}


def _is(text: str, names: Iterable[str]) -> bool:
    wanted = text.casefold()
    if GLOB.isdisjoint(text):
        return any(name.casefold() == wanted for name in names)
    return any(name.casefold() == wanted or fnmatchcase(name.casefold(), wanted) for name in names)


def _names(step: StepPlan) -> list[str]:
    script = os.path.basename(step.script)
    return [name for name in (str(step.number), step.name, step.title, step.type, script) if name]


def _build_names(build: BuildPlan) -> list[str]:
    return [name for name in (build.key, build.name, build.local_name, build.source_name, build.builder) if name]


def _line(spec: Spec, builds: Sequence[BuildPlan], plan: Plan, cwd: str) -> Places:
    """A block of the template, or a line of a script."""
    name = spec.at.rpartition(":")[0]
    blocks = {build.key: _block(name, spec.line, build, cwd) for build in builds}
    if any(blocks.values()):
        for path in plan.files:
            if _same_file(name, path, cwd):
                _check_length(spec, plan, path)
        return Places({build: [key] for build, key in blocks.items() if key})
    for path in sorted(plan.files):
        if _same_file(name, path, cwd):
            users = {build.key: [step.key for step in build.steps if path in _scripts(step)] for build in builds}
            users = {build: keys for build, keys in users.items() if keys}
            if users and spec.when == "after":
                raise UsageError(f"A script stops before a line, not after it: {name}:{spec.line + 1}.")
            if users:
                _check_length(spec, plan, path)
                return Places(users, path, spec.line)
            raise UsageError(f"No step stands at {spec.at}: the first block of a step comes later.")
    steps = _named(name, builds)
    if steps and spec.when == "before":
        return Places(steps, "", spec.line)
    _check_build(name, builds)
    raise UsageError(f'There is no step, template or script "{name}".{_nearest(name, builds)}')


def _block(name: str, line: int, build: BuildPlan, cwd: str) -> str:
    """Key of the step whose block stands at a line of the template: the last that begins at it or above."""
    here = [step for step in build.steps if _same_file(name, step.location.file, cwd) and step.location.line <= line]
    nearest = max((step.location.line for step in here), default=0)
    return next((step.key for step in here if step.location.line == nearest), "")


def _scripts(step: StepPlan) -> list[str]:
    return [*step.inputs, step.script]


def _same_file(name: str, path: str, cwd: str) -> bool:
    return os.path.normpath(os.path.join(cwd, name)) == os.path.normpath(os.path.join(cwd, path)) or (
        path.endswith(f"/{name}")
    )


def _check_length(spec: Spec, plan: Plan, path: str) -> None:
    content = plan.files[path].content
    lines = len(content.splitlines()) if content is not None else spec.line
    if not 0 < spec.line <= lines:
        raise UsageError(f"{os.path.basename(path)} has {lines} lines: there is no line {spec.line}.")


def _check_build(text: str, builds: Sequence[BuildPlan]) -> None:
    """Raises UsageError with the nearest names for BUILD/STEP where there is such a step, but no such build."""
    cut = text.find("/")
    while cut > 0:
        name, step = text[:cut], text[cut + 1 :]
        if _matching(step, builds) and not any(_is(name, _build_names(build)) for build in builds):
            known = list(dict.fromkeys(build.name for build in builds))
            also = list(dict.fromkeys(build.source_name for build in builds))
            raise UsageError(f'There is no build "{name}".{_like(name, [*known, *also], known)}')
        cut = text.find("/", cut + 1)


def _nearest(text: str, builds: Sequence[BuildPlan]) -> str:
    names = {name: None for build in builds for step in build.steps for name in (step.name, step.title, step.type)}
    known = [name for name in names if name]
    return _like(text.rpartition("/")[2], known, known)


def _like(last: str, names: Sequence[str], known: Sequence[str]) -> str:
    """Up to three names that are like it; without one, those that are known."""
    near = difflib.get_close_matches(last, names, 3) or [name for name in names if last.casefold() in name.casefold()]
    if near:
        return " Did you mean " + " or ".join(f'"{name}"' for name in near[:3]) + "?"
    return " There are: " + ", ".join(known[:8]) + (" ..." if len(known) > 8 else "") + "." if known else ""
