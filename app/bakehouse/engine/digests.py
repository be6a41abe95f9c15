"""Inputs digests: what a step's result comes from, as of when it starts (DESIGN 7).

A step's digest is made of the digest of the step before it and of its own parts: its type, its options, the content
of every file that it reads. What only tells one run from another (PACKER_RUN_UUID, `build.ID`, ports) enters by its
name. Everything is digested with the key of this installation.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

import msgspec

from bakehouse import __version__
from bakehouse.engine.cache.key import Keyed
from bakehouse.engine.cache.memory import Parts
from bakehouse.engine.context import Files
from bakehouse.errors import TemplateError
from bakehouse.sdk import Builder, Component, Machine
from bakehouse.template.inputs import digest_of
from bakehouse.template.late import arguments
from bakehouse.template.plan import BuildPlan, Option, StepPlan
from bakehouse.template.surroundings import BUILD_FACTS

BASE = "base image"


class Digests:
    """Digests of one build's steps. Methods read files: call them in a thread."""

    def __init__(self, keyed: Keyed, files: Files, cwd: str) -> None:
        self._keyed = keyed
        self._files = files
        self._cwd = cwd
        self._known: dict[tuple[str, int, int, int], str] = {}

    def start(self, plan: BuildPlan, builder: Builder, machine: Machine) -> Parts:
        """Of the machine before the first provisioner."""
        values = {
            BASE: builder.identity(machine),
            "the builder": plan.builder,
            "the source's name": plan.source_name,
            "the version of Bakehouse": __version__,
        }
        return Parts({name: self._keyed.digest(name, value) for name, value in values.items()})

    def step(self, step: StepPlan, component: Component, facts: Iterable[str]) -> Parts:
        """Of a provisioner, as it would run now. facts: the names of the machine's."""
        tokens = {name: f"<build.{name}>" for name in (*BUILD_FACTS, "PackerRunUUID", *facts)}
        values = {"the type": self._keyed.digest(step.type)}
        for name, option in step.options.items():
            values[f"option {name}"] = self._keyed.digest(*_said(name, option, tokens))
        reads = {name: [self._shown(path) for path in option.reads] for name, option in step.options.items()}
        inputs = type(component).inputs(component.config)
        for path in inputs.scripts:
            values[f"file {path}"] = self._text(path)
        for path in (*inputs.files, *(path for option in step.options.values() for path in option.reads)):
            values[f"file {self._shown(path)}"] = self._file(path)
        moving = [f"{name}() in option {key}" for key, option in step.options.items() for name in option.moving]
        return Parts(values, moving, {f"option {name}": files for name, files in reads.items() if files})

    def chain(self, before: str, parts: Parts) -> str:
        """The digest of a step."""
        return self._keyed.digest(before, *(item for pair in sorted(parts.values.items()) for item in pair))

    def name(self, *words: str) -> str:
        """A name that tells nothing, for a file."""
        return self._keyed.digest(*words)[:32]

    def _text(self, path: str) -> str:
        try:
            return self._keyed.digest(self._files.read(path))
        except OSError as error:
            return f"missing: {error.errno}"

    def _file(self, path: str) -> str:
        place = os.path.normpath(os.path.join(self._cwd, path))
        try:
            status = os.stat(place)
        except OSError as error:
            return f"missing: {error.errno}"
        if os.path.isdir(place):
            return self._keyed.digest(digest_of(place)[0])
        mark = (place, status.st_mtime_ns, status.st_size, status.st_ino)
        if mark not in self._known:
            self._known[mark] = digest_of(place)[0]
        return self._keyed.digest(self._known[mark], f"{status.st_mode:o}")

    def _shown(self, path: str) -> str:
        relative = os.path.relpath(os.path.join(self._cwd, path), self._cwd)
        return path if relative.startswith("..") else relative


def _said(name: str, option: Option, tokens: Mapping[str, str]) -> Iterable[bytes]:
    """What an option comes to. One that needs facts: its text, what else it names, its value with names for facts."""
    if option.late is None:
        yield msgspec.json.encode(option.value, order="deterministic")
        return
    yield option.late.text.encode()
    yield msgspec.json.encode(option.late.scope, order="deterministic")
    try:
        value = arguments({name: option}, tokens)[name].value
    except TemplateError:  # it needs more than a name, a number say: its text must do
        return
    yield msgspec.json.encode(value, order="deterministic")
