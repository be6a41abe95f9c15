"""Go's flag syntax, and what it makes of durations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.cli import order, template
from bakehouse.cli.flags import Flag, duration, pair, parse
from bakehouse.errors import UsageError

FLAGS = (Flag("force"), Flag("only", "list"), Flag("var", "repeat"), Flag("n", "number"), Flag("t", "duration"))


@pytest.mark.parametrize(
    ("words", "force"),
    [
        (["-force"], True),
        (["--force"], True),
        (["-force=true"], True),
        (["-force=0"], False),
        (["-force", "-force=f"], False),
        ([], False),
    ],
)
def test_bools(words: list[str], force: bool) -> None:
    assert parse(FLAGS, words).on("force") is force


def test_a_bool_takes_no_following_word() -> None:
    parsed = parse(FLAGS, ["-force", "false"])
    assert parsed.on("force")
    assert parsed.arguments == ["false"]


def test_values_with_and_without_an_equals_sign() -> None:
    parsed = parse(FLAGS, ["-only=a, b,", "--var", "x=1", "-var=y=2=3", "t.pkr.hcl", "-n", "4"])
    assert parsed.items("only") == ["a", "b"]
    assert parse(FLAGS, ["-only=null.{one,two},x.*", "t"]).items("only") == ["null.{one,two}", "x.*"]
    assert [pair(text) for text in parsed.texts("var")] == [("x", "1"), ("y", "2=3")]
    assert parsed.number("n", 0) == 4
    assert parsed.arguments == ["t.pkr.hcl"]


def test_after_two_dashes_everything_is_an_argument() -> None:
    assert parse(FLAGS, ["--", "-force"]).arguments == ["-force"]
    assert parse(FLAGS, ["-"]).arguments == ["-"]


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("15m", 900), ("1h30m", 5400), ("1.5s", 1.5), ("300ms", 0.3)])
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "15", "m", "15 m", "-1s", "1h x", "1d"])
def test_no_durations(text: str) -> None:
    with pytest.raises(UsageError, match="is not a duration"):
        duration(text)


@given(st.lists(st.text(max_size=8)))
def test_nothing_but_a_usage_error_comes_of_any_words(words: list[str]) -> None:
    try:
        parse(FLAGS, words)
    except UsageError as error:
        assert str(error)


def test_the_request_of_a_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PKR_VAR_from_env", "e")
    words = ["-only=a,b", "-except", "c", "-var", "x=1", "--var-file=v.hcl", "-force", "app.pkr.hcl"]
    made = template.request(parse(order.FLAGS, words), {"PKR_VAR_from_env": "e", "OTHER": "o"})
    assert (made.template, made.only, made.exclude, made.variables) == ("app.pkr.hcl", ["a", "b"], ["c"], [("x", "1")])
    assert (made.variable_files, made.environment, made.force) == (["v.hcl"], {"from_env": "e"}, True)


def test_orders_of_a_dashboard_and_of_plain_lines() -> None:
    plain = order.order(parse(order.FLAGS, ["a.pkr.hcl"]), dashboard=False).options
    shown = order.order(parse(order.FLAGS, ["a.pkr.hcl"]), dashboard=True).options
    assert (plain.on_error, plain.hold, plain.nice, plain.wait_at_breakpoints) == ("cleanup", 0, 0, False)
    assert (shown.on_error, shown.hold, shown.nice, shown.wait_at_breakpoints) == ("pause", 4 * 3600, 10, True)
    held = order.order(parse(order.FLAGS, ["-on-error=ask", "--hold=15m", "a.pkr.hcl"]), dashboard=False).options
    assert (held.on_error, held.hold, held.wait_at_breakpoints) == ("cleanup", 900, True), (
        "without a terminal nobody can be asked"
    )


@pytest.mark.parametrize(
    ("words", "environment", "terminal", "expected"),
    [
        ([], {"TERM": "xterm"}, True, True),
        ([], {"TERM": "xterm"}, False, False),
        ([], {"TERM": "xterm", "CI": "true"}, True, False),
        (["--ui=tui"], {"TERM": "xterm", "CI": "true"}, True, True),
        (["--ui=plain"], {"TERM": "xterm"}, True, False),
        ([], {"TERM": "xterm", "BAKEHOUSE_UI": "plain"}, True, False),
        (["--ui=auto"], {"TERM": "xterm", "BAKEHOUSE_UI": "plain"}, True, True),
        ([], {"TERM": "dumb"}, True, False),
        ([], {}, True, False),
        (["--json"], {"TERM": "xterm"}, True, False),
        (["-on-error=ask"], {"TERM": "xterm"}, True, False),
    ],
)
def test_when_the_dashboard_opens(
    words: list[str],
    environment: dict[str, str],
    terminal: bool,
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: terminal)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    assert order.dashboard(parse(order.FLAGS, words), environment) is expected


@pytest.mark.parametrize("number", ["0", "-1"])
def test_a_number_has_a_least(number: str) -> None:
    with pytest.raises(UsageError, match=f'-max-machines is 1 or more, not "{number}"'):
        parse(order.FLAGS, ["-max-machines", number])
    assert parse(order.FLAGS, ["-max-machines=1"]).number("max-machines", 0) == 1
