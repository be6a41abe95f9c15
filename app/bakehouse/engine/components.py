"""From a step of the plan to the component that does it. Options that name `build.*` get their values here."""

from __future__ import annotations

from typing import Any

from bakehouse import registry
from bakehouse.engine.ports import Settings
from bakehouse.errors import StepError
from bakehouse.sdk import Builder, Component, Machine, PostProcessor, Provisioner
from bakehouse.sdk.decode import decode
from bakehouse.template.late import arguments
from bakehouse.template.plan import BuildPlan, Option, StepPlan


def build_values(settings: Settings, machine: Machine) -> dict[str, str]:
    """What `build.NAME` is now; the language knows the names, and what Packer gives for those that are missing."""
    return {"PackerRunUUID": settings.run_uuid, **machine.facts}


def make_builder(plan: BuildPlan) -> Builder:
    """The builder of a build. Raises BakehouseError."""
    builder: Builder = _make(registry.load("builder", plan.builder), plan.options, {})
    return builder


def make_provisioner(step: StepPlan, values: dict[str, str]) -> Provisioner:
    """A provisioner for one attempt. Raises BakehouseError."""
    provisioner: Provisioner = _make(registry.load("provisioner", step.type), step.options, values)
    return provisioner


def make_post_processor(step: StepPlan, values: dict[str, str]) -> PostProcessor:
    """A post-processor for one attempt. Raises BakehouseError."""
    post_processor: PostProcessor = _make(registry.load("post_processor", step.type), step.options, values)
    return post_processor


def _make(component: type[Component], options: dict[str, Option], values: dict[str, str]) -> Any:
    config, problems = decode(component, arguments(options, values))
    if config is None:
        raise StepError("\n\n".join(problem.render() for problem in problems))
    return component(config)
