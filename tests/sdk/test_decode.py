"""From arguments to a Config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from bakehouse.errors import Diagnostic, Location
from bakehouse.sdk import UNKNOWN, Argument, Component, Duration, option
from bakehouse.sdk.decode import decode, not_yet
from bakehouse.sdk.weak import PLACEHOLDER, duration


@dataclass(frozen=True, kw_only=True)
class Port:
    number: int
    name: str = ""


class Oven(Component, type="oven"):
    @dataclass(frozen=True, kw_only=True)
    class Config:
        bread: str
        degrees: int = 200
        ratio: float = 0.5
        light: bool = False
        fan: bool | None = None
        lines: list[str] = field(default_factory=list)
        pairs: list[list[str]] = field(default_factory=list)
        labels: dict[str, str] = field(default_factory=dict)
        door: Path | None = None
        heat: Duration = 5.0
        mode: Literal["top", "bottom"] = "top"
        colour: str = option(default="brown", choices=("brown", "white"))
        command: str = option(default="bake {{ .Path }}", late=("Path", "Vars"))
        steam: str = option(default="", not_yet=True)
        port: list[Port] = field(default_factory=list)
        extra: Any = None

    @classmethod
    def check(cls, config: Any, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        if config.degrees > 300:
            return [Diagnostic("Too hot", location=arguments["degrees"].location)]
        return []


def bake(**values: Any) -> tuple[Any, list[Diagnostic]]:
    values.setdefault("bread", "rye")
    place = Location("a.pkr.hcl", 3, 5, 3, 20)
    return decode(Oven, {name: Argument(value, place, "    x = 1") for name, value in values.items()})


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("bread", 5, "5"),
        ("bread", True, "true"),
        ("bread", 1.5, "1.5"),
        ("degrees", "180", 180),
        ("degrees", 180.0, 180),
        ("ratio", "0.25", 0.25),
        ("light", "true", True),
        ("light", "0", False),
        ("fan", "", None),
        ("fan", "false", False),
        ("lines", ["a", 2], ["a", "2"]),
        ("pairs", [["a", "b"], ["c"]], [["a", "b"], ["c"]]),
        ("labels", {"a": 1}, {"a": "1"}),
        ("door", "x/y", Path("x/y")),
        ("heat", "1m30s", 90.0),
        ("mode", "bottom", "bottom"),
        ("port", [{"number": "80"}, {"number": 1, "name": "n"}], [Port(number=80), Port(number=1, name="n")]),
        ("command", "{{ .Vars }} x", "{{ .Vars }} x"),
        ("bread", '{{ "{{" }} .x }}', "{{ .x }}"),
        ("degrees", None, 200),
        ("degrees", UNKNOWN, 200),
        ("bread", UNKNOWN, PLACEHOLDER),
        ("lines", ["a", UNKNOWN], ["a", PLACEHOLDER]),
        ("extra", [1, {"a": None}], [1, {"a": None}]),
    ],
)
def test_weak_types(name: str, given: Any, expected: Any) -> None:
    config, problems = bake(**{name: given})
    assert problems == []
    assert getattr(config, name) == expected


@pytest.mark.parametrize(
    ("name", "given", "summary", "detail"),
    [
        ("degrees", "hot", "Wrong value", 'must be a whole number; this is "hot"'),
        ("degrees", 1.5, "Wrong value", "must be a whole number; this is a number"),
        ("light", 3, "Wrong value", "true or false"),
        ("lines", "a,b", "Wrong value", 'must be a list of strings; this is "a,b"'),
        ("lines", [["a"]], "Wrong value", "item 1 must be a string; this is a list"),
        ("lines", [None], "Wrong value", "must not hold null: item 1"),
        ("labels", ["a"], "Wrong value", "a map of strings"),
        ("heat", 5, "Wrong value", "a number alone has no unit"),
        ("mode", "side", "Wrong value", 'must be "top" or "bottom"'),
        ("colour", "brwon", "Wrong value", '"brown", "white"'),
        ("port", [{}], "Wrong value", 'needs "number"'),
        ("port", [{"number": 1, "nmae": 2}], "Wrong value", 'no "nmae"'),
        ("command", "{{ .Other", "{{ }} in option", "has no end"),
        ("lines", ["a", "{{ user `x` }}"], "{{ }} in option", '"user"'),
        ("degreees", 1, 'Unknown option "degreees"', "no option of this name"),
    ],
)
def test_mistakes_are_named_at_their_place(name: str, given: Any, summary: str, detail: str) -> None:
    config, problems = bake(**{name: given})
    assert config is None
    assert summary in problems[0].summary
    assert detail in problems[0].detail
    assert problems[0].location is not None and problems[0].location.line == 3
    assert problems[0].source == "    x = 1"


def test_what_is_right_and_cannot_be_done_yet_is_told_apart() -> None:
    config, problems = bake(steam="on")
    assert config is not None and problems == []
    place = {"steam": Argument("on", Location("a.pkr.hcl", 3, 3), "    steam = 1")}
    (found,) = not_yet(Oven, config, place)
    assert found.summary == 'Option "steam" is not supported yet'
    assert found.location is not None and found.location.line == 3


def test_the_default_of_what_cannot_be_done_yet_asks_for_nothing() -> None:
    config, _ = bake(steam="")
    assert not_yet(Oven, config, {"steam": Argument("")}) == []
    assert not_yet(Oven, config, {}) == []


def test_all_mistakes_are_told_at_once() -> None:
    config, problems = decode(Oven, {"degrees": Argument("x"), "colr": Argument("x"), "heat": Argument("5")})
    assert config is None
    assert [problem.summary for problem in problems] == [
        'Wrong value for option "degrees"',
        'Unknown option "colr"',
        'Wrong value for option "heat"',
        'Missing option "bread"',
    ]


def test_the_nearest_name_is_offered_and_only_the_name_is_underlined() -> None:
    _, problems = bake(degreees=1)
    assert problems[0].help == 'Did you mean "degrees"?'
    assert problems[0].location == Location("a.pkr.hcl", 3, 5, 3, 13)


def test_the_component_is_asked_last() -> None:
    assert [problem.summary for problem in bake(degrees=400)[1]] == ["Too hot"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("300ms", 0.3), ("1h2m3.5s", 3723.5), ("-5s", -5.0), ("0", 0.0), (".5s", 0.5), ("2µs", 2e-6), ("", 0.0)],
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["5", "s", "1x", "1 s", "1s2", "--1s", "1.2.3s"])
def test_durations_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        duration(text)


def test_a_name_in_braces_that_nobody_gives_is_warned_of() -> None:
    config, [warning] = bake(command="{{ .Other }} {{ upper `x` }}")
    assert config is not None
    assert warning.severity == "warning"
    assert "{{ .Other }} is not known" in warning.summary
    config, problems = bake(lines=["{{ lower `A` }}", "{{ .No }}"])
    assert config is not None and config.lines == ["a", "<no value>"]
    assert len(problems) == 1
