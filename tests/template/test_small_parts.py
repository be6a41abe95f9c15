"""Version constraints, patterns, keys."""

from __future__ import annotations

import pytest

from bakehouse.errors import TemplateError
from bakehouse.template import naming, selection, versions


@pytest.mark.parametrize(
    ("constraint", "holds"),
    [
        (">= 1.0.0, < 99", True),
        ("1.16.0", True),
        ("= 1.16", True),
        ("!= 1.16.0", False),
        ("~> 1.0", True),
        ("~> 1.15.2", False),
        ("~> 1.16.0", True),
        ("~> 1", True),
        ("~> 2", False),
        ("<= 1.15", False),
        ("> v1.15.9", True),
        (" >=1.7 ", True),
    ],
)
def test_versions(constraint: str, holds: bool) -> None:
    assert versions.satisfies("1.16.0", constraint) is holds


@pytest.mark.parametrize("constraint", ["", "x", ">= one", "1.2,,", ">> 1"])
def test_constraints_that_are_none(constraint: str) -> None:
    with pytest.raises(ValueError, match="not a version constraint"):
        versions.satisfies("1.16.0", constraint)


@pytest.mark.parametrize(
    ("glob", "name", "holds"),
    [
        ("*", "bb.null.x", True),
        ("null.*", "null.a.b", True),
        ("null.x", "bb.null.x", False),
        ("n?ll.x", "null.x", True),
        ("null.[a-c]", "null.b", True),
        ("null.[!a-c]", "null.b", False),
        ("{null,file}.x", "file.x", True),
        ("a,b", "a,b", True),
        ("a\\*b", "a*b", True),
        ("a\\*b", "axb", False),
        ("a+(b)", "a+(b)", True),
        ("", "", True),
    ],
)
def test_patterns(glob: str, name: str, holds: bool) -> None:
    assert selection.matches(glob, name) is holds


def test_a_pattern_that_is_none() -> None:
    with pytest.raises(TemplateError, match="is not a pattern"):
        selection.matches("{a", "a")


@pytest.mark.parametrize("text", ["a/b", "..", "", "x" * 300, "-.-", "a\0b", "日本", "a b", ".hidden"])
def test_a_slug_is_a_file_name(text: str) -> None:
    found = naming.slug(text)
    assert found and len(found) <= naming.LONGEST_SLUG
    assert not set(found) & set("/\0 ") and found[0] not in ".-"


def test_equal_steps_have_different_keys() -> None:
    keys = naming.StepKeys("")
    assert [keys.take("provisioner", "shell") for _ in range(3)] + [keys.take("provisioner", "shell", "n")] == [
        "build/provisioner:shell#1",
        "build/provisioner:shell#2",
        "build/provisioner:shell#3",
        "build/provisioner:shell.n#1",
    ]
