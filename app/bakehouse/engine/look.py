"""What there is to see of a build's machine where it stands: options, and files against those at a checkpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from bakehouse.engine import components
from bakehouse.engine.checkpoints import Checkpoints
from bakehouse.engine.course import Course
from bakehouse.engine.ports import Settings
from bakehouse.errors import BakehouseError
from bakehouse.sdk import Builder, Checkpoint, Component, Machine
from bakehouse.template.plan import StepPlan

HIDDEN = "<sensitive>"


class Look:
    """Changes nothing. builder: the build's, None before there is one."""

    def __init__(
        self,
        settings: Settings,
        course: Course,
        checkpoints: Checkpoints,
        machine: Machine,
        builder: Callable[[], Builder | None],
    ) -> None:
        self.machine = machine
        self._settings = settings
        self._course = course
        self._checkpoints = checkpoints
        self._builder = builder

    def step(self) -> StepPlan | None:
        """Where the build stands; None once only post-processors are left."""
        return self._course.next()

    def name(self, key: str) -> str:
        """What people call a step: its number and title."""
        steps = (step for step in self._course.plan.steps if step.key == key)
        return next((f"{step.number} {step.title}" for step in steps), key)

    def options(self, step: StepPlan | None) -> dict[str, Any]:
        """A step's options with the values that they have now; for a step of the builder, the builder's.

        What an option hides by its nature is hidden; other secrets are masked at the threshold. Raises BakehouseError.
        """
        values = components.build_values(self._settings, self.machine)
        component: Component | None = self._builder()
        if step is not None and step.kind in ("provisioner", "cleanup"):
            component = components.make_provisioner(step, values)
        elif step is not None and step.kind == "post-processor":
            component = components.make_post_processor(step, values)
        return _shown(component.config) if component is not None else {}

    async def diff(self, step: StepPlan) -> dict[str, Any]:
        """Files that are not as they were before a step, or before an earlier one if this one has not run yet; exact:
        as they were right before it, and not earlier.

        Raises BakehouseError.
        """
        builder = self._usable()
        key, checkpoint = self._since(step)
        files = await builder.diff(self.machine, checkpoint)
        counts = {word: sum(file.change == word for file in files) for word in ("added", "changed", "removed")}
        return {
            "since": key,
            "exact": key == step.key,
            "files": [dataclasses.asdict(file) for file in files],
            **counts,
            "bytes": sum(file.size for file in files),
        }

    async def before(self, step: StepPlan, path: str, limit: int) -> bytes | None:
        """The first bytes of a file as it was before a step, or at the nearest checkpoint. Raises BakehouseError."""
        builder = self._usable()
        return await builder.open(self.machine, self._since(step)[1], path, limit)

    def _usable(self) -> Builder:
        builder = self._builder()
        if builder is None or self.machine.communicator is None:
            raise BakehouseError("There is no machine to look into.")
        if why := builder.no_checkpoints():
            raise BakehouseError(why)
        return builder

    def _since(self, step: StepPlan) -> tuple[str, Checkpoint | None]:
        found = self._checkpoints.compared(step.key)
        if found is None:
            raise BakehouseError("There is no checkpoint before this step to compare with.")
        id, key = found
        return key, self._checkpoints.saved(id)


def _shown(config: Any) -> dict[str, Any]:
    if not dataclasses.is_dataclass(config):
        return {}
    shown = {}
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        hidden = bool(value) and field.metadata.get("sensitive")
        shown[field.name] = HIDDEN if hidden else _plain(value)
    return shown


def _plain(value: Any) -> Any:
    """As JSON can say it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _shown(value)
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
