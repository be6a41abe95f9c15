"""The steps of one build: the builder's own, the provisioners, the post-processors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from bakehouse.errors import Location, TemplateError
from bakehouse.sdk import PROVISION, Builder, Component, Step
from bakehouse.sdk.decode import decode
from bakehouse.template import cautions, late, meta, selection
from bakehouse.template.bakery import Bakery
from bakehouse.template.builds import BuildBlock, Usage
from bakehouse.template.dynamic import Placed
from bakehouse.template.naming import StepKeys, shortened, slug
from bakehouse.template.options import BuildNames, OptionReader, Options
from bakehouse.template.plan import Option, StepPlan
from bakehouse.template.surroundings import BUILD_FACTS, build_value, source_value, source_words
from bakehouse.template.values import unknown


class StepMaker:
    """Makes the steps of one build, numbered as they are shown.

    builder: None if there is none of its name: then only mistakes are of interest, and `build` may have any value.
    """

    def __init__(self, bakery: Bakery, build: BuildBlock, usage: Usage, builder: type[Builder] | None) -> None:
        self._bakery = bakery
        self._problems = bakery.problems
        self._build = build
        self._usage = usage
        self._builder = builder
        facts = tuple(dict.fromkeys((*BUILD_FACTS, *builder.FACTS))) if builder else None
        around = bakery.around.adding({"source": source_value(usage.builder, usage.name)})
        self._reader = OptionReader(around, self._problems, BuildNames(build.name, facts))
        known = build_value(build.name, facts) if facts else unknown()
        self._meta_around = replace(around.adding({"build": known}), doubtful=around.doubtful or builder is None)
        self._keys = StepKeys(bakery.problems.shown(build.name))
        self._steps: list[StepPlan] = []
        self._config: Any = None

    def make(self, config: Any, options: Options, inputs: list[str], location: Location) -> list[StepPlan]:
        """All steps. config: the builder's, or None if its options are wrong, and then it has no steps of its own.

        options, inputs, location: the builder's.
        """
        self._config = config
        own = list(self._builder(config).steps()) if self._builder and config is not None else [PROVISION]
        kind = "machine"
        for step in own:
            if not isinstance(step, Step):
                self._provisioners()
                kind = "artifact"
                continue
            digest = _digest(self._usage.builder, step.title, options.plan)
            key = self._keys.take(kind, slug(step.title, "step").lower())
            self._put(key, step.title, kind, "", location, retry=step.retry, digest=digest, inputs=inputs)
        for number, chain in enumerate(self._build.chains):
            self._chain(number, chain)
        return self._steps

    def cleanup(self) -> StepPlan | None:
        """The error-cleanup-provisioner, if this build has one; its number is beyond those of `make`."""
        if self._build.cleanup is not None:
            with self._problems.within(self._build.cleanup.block.range):
                self._provisioner(self._build.cleanup, "cleanup")
            if self._steps and self._steps[-1].kind == "cleanup":
                return self._steps.pop()
        return None

    def _put(self, key: str, title: str, kind: str, type: str, location: Location, **rest: Any) -> None:
        self._steps.append(StepPlan(key, len(self._steps) + 1, title, kind, type, location, **rest))

    def _provisioners(self) -> None:
        for placed in self._build.provisioners:
            with self._problems.within(placed.block.range):
                self._provisioner(placed, "provisioner")

    def _provisioner(self, placed: Placed, kind: str) -> None:
        component = self._component("provisioner", placed)
        about = self._meta(placed, meta.PROVISIONER)
        if component is None or not about.applies_to(self._usage.type_and_name):
            return
        if self._builder is not None:
            cautions.warn_of_no_machine(self._builder, self._config, component, placed, self._problems)
        options = self._reader.read(placed, skip=meta.PROVISIONER)
        about.apply_override(options, self._usage.name, placed)
        self._step(
            kind,
            placed,
            component,
            about,
            options,
            timeout=0.0 if about.pause_before else about.timeout,
            pause_before=about.pause_before,
            max_retries=about.max_retries,
            continue_on_error=about.continue_on_error,
        )

    def _chain(self, number: int, chain: list[Placed]) -> None:
        place = 0
        for placed in chain:
            with self._problems.within(placed.block.range):
                links = self._link(number, place, placed)
            if links is None:
                return
            place += links

    def _link(self, number: int, place: int, placed: Placed) -> int | None:
        """How many steps it made: one, or none if it is not for this build; None if -except ends the chain here."""
        component = self._component("post_processor", placed)
        about = self._meta(placed, meta.POST_PROCESSOR)
        if any(selection.matches(glob, about.name or placed.block.labels[0]) for glob in self._bakery.excluded):
            return None
        if component is None or not about.applies_to(self._usage.type_and_name):
            return 0
        options = self._reader.read(placed, skip=meta.POST_PROCESSOR)
        rest = {"chain": number, "link": place, "keep_input": about.keep_input}
        self._step("post-processor", placed, component, about, options, **rest)
        return 1

    def _meta(self, placed: Placed, allowed: tuple[str, ...]) -> meta.Meta:
        about = meta.read(placed, allowed, self._meta_around, self._problems)
        here = [usage.type_and_name for usage in self._build.usages]
        cautions.warn_of_names(placed, about, here, self._bakery.names, self._problems)
        return about

    def _component(self, kind: str, placed: Placed) -> type[Component] | None:
        return self._bakery.component(kind, placed.block.labels[0], placed.block.label_ranges[0])

    def _step(
        self,
        kind: str,
        placed: Placed,
        component: type[Component],
        about: meta.Meta,
        options: Options,
        **rest: Any,
    ) -> None:
        block = placed.block
        options.fill(source_words(self._usage.builder, self._usage.label, self._bakery.around.cwd))
        config = self._bakery.config(
            component, options, block.range, meta.POST_PROCESSOR if kind == "post-processor" else meta.PROVISIONER
        )
        if config is None:
            return
        inputs, script = self._bakery.inputs(component, config, options, block.range)
        name = self._problems.shown(about.name)
        self._put(
            self._keys.take(kind, component.type, name),
            name or shortened(self._problems.shown(_title(component, config, options))),
            kind,
            component.type,
            block.range.location,
            name=name,
            options=options.plan,
            digest=_digest(component.type, about.name, options.plan),
            inputs=inputs,
            script=script,
            **rest,
        )


def _title(component: type[Component], config: Any, options: Options) -> str:
    """The component's title. Facts of the machine that it would show are shown as the template writes them."""
    if any(option.late for option in options.plan.values()):
        written = {name: f"${{build.{name}}}" for name in (*BUILD_FACTS, "name")}
        with suppress(TemplateError):
            config = decode(component, late.arguments(options.plan, written))[0] or config
    return component.title(config)


def _digest(type: str, name: str, options: Mapping[str, Option]) -> str:
    plain = {key: option.late.text if option.late else option.value for key, option in options.items()}
    text = json.dumps([type, name, plain], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
