"""Which step of a new revision is which of the old one."""

from __future__ import annotations

import pytest

from bakehouse.engine.revision import match_steps
from bakehouse.errors import Location
from bakehouse.template.plan import StepPlan


def shells(*digests: str, name: str = "") -> list[StepPlan]:
    """Provisioners of one block, keyed as the compiler keys them."""
    stem = f"build/provisioner:shell{f'.{name}' if name else ''}"
    return [
        StepPlan(f"{stem}#{number}", number, digest, "provisioner", "shell", Location("t"), name=name, digest=digest)
        for number, digest in enumerate(digests, 1)
    ]


@pytest.mark.parametrize(
    ("before", "after", "keys"),
    [
        ("abc", "abc", "123"),
        ("abc", "aXc", "123"),  # edited
        ("abc", "bc", "23"),  # the first taken away
        ("abc", "Xabc", "4123"),  # one put before
        ("abc", "abXc", "1243"),
        ("abc", "cab", "312"),  # moved
        ("aa", "aXa", "132"),
        ("", "ab", "12"),
        ("ab", "", ""),
    ],
)
def test_unnamed_steps_are_matched_by_digest_then_by_order(before: str, after: str, keys: str) -> None:
    found = match_steps(shells(*before), shells(*after))
    assert [step.key for step in found] == [f"build/provisioner:shell#{number}" for number in keys]
    assert [step.digest for step in found] == list(after)


def test_a_name_counts_more_than_the_options() -> None:
    before = shells("a", name="one") + shells("b", name="two")
    after = shells("b", name="one") + shells("a", name="two")
    assert [step.key for step in match_steps(before, after)] == [step.key for step in before]


def test_kinds_and_types_never_mix() -> None:
    other = StepPlan("build/post-processor:shell#1", 1, "t", "post-processor", "shell", Location("t"), digest="a")
    assert match_steps(shells("a"), [other])[0].key == "build/post-processor:shell#1"
