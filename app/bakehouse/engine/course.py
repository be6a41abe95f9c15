"""Which step of a build comes next, also after the plan was revised in the middle of it."""

from __future__ import annotations

from bakehouse.template.plan import BuildPlan, StepPlan


class Course:
    """The steps of a build, and those that are behind it. A revised plan keeps the keys of steps that are the same.

    What is next is the first step, in the order of the plan in force, that is not behind: a step that an edit puts
    before the failed one is run before it.
    """

    def __init__(self, plan: BuildPlan) -> None:
        self.plan = plan
        self._behind: set[str] = set()

    def revise(self, plan: BuildPlan) -> None:
        """Another plan is in force. What it does not have is new if it ever comes back."""
        self.plan = plan
        self._behind.intersection_update(step.key for step in plan.steps)

    def next(self) -> StepPlan | None:
        """The next step that makes the machine or works on it; None once only post-processors are left."""
        ahead = (step for step in self.plan.steps if step.key not in self._behind)
        return next((step for step in ahead if step.kind != "post-processor"), None)

    def chains(self) -> list[list[StepPlan]]:
        """The post-processors: chains in order, each a list of links in order."""
        found: dict[int, list[StepPlan]] = {}
        for step in self.plan.steps:
            if step.kind == "post-processor":
                found.setdefault(step.chain, []).append(step)
        return [sorted(found[chain], key=lambda step: step.link) for chain in sorted(found)]

    def ahead(self) -> list[StepPlan]:
        """The template's provisioners that are not behind, in order."""
        return [step for step in self.plan.steps if step.kind == "provisioner" and step.key not in self._behind]

    def reopen(self, step: StepPlan) -> None:
        """It is ahead again after all."""
        self._behind.discard(step.key)

    def leave(self, step: StepPlan) -> None:
        """It is done, skipped or taken as it is."""
        self._behind.add(step.key)

    def rewind(self, key: str) -> None:
        """The step and all that comes after it, in the order of the plan in force, are ahead again."""
        order = [step.key for step in self.plan.steps]
        self._behind.difference_update(order[order.index(key) :])

    def restart(self) -> None:
        """Nothing is behind any more."""
        self._behind.clear()
