"""When scripts are followed: with a dashboard, unless somebody says otherwise."""

from __future__ import annotations

import pytest

from bakehouse.cli import order
from bakehouse.cli.flags import parse
from bakehouse.errors import UsageError


@pytest.mark.parametrize(
    ("flags", "dashboard", "followed"),
    [
        ([], True, True),
        ([], False, False),
        (["--trace=auto"], True, True),
        (["--trace", "on"], False, True),
        (["--trace=off"], True, False),
    ],
)
def test_trace(flags: list[str], dashboard: bool, followed: bool) -> None:
    parsed = parse(order.FLAGS, [*flags, "t.pkr.hcl"])
    assert order.order(parsed, dashboard=dashboard).options.trace is followed


def test_another_word_is_refused() -> None:
    with pytest.raises(UsageError, match="auto"):
        parse(order.FLAGS, ["--trace=perhaps", "t.pkr.hcl"])
