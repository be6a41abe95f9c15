"""`{{user}}` of a variable that there is not is warned of, with the name that was probably meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bakehouse.template.compile import check
from bakehouse.template.plan import Request


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{user `image`}}", []),
        ('{{ user "imge" }} {{user `image`}}', ["imge"]),
        ("{{user `a`}}{{user `b`}}", ["a", "b"]),
        ("user `imge`", []),
    ],
)
def test_a_stranger_is_warned_of(tmp_path: Path, text: str, names: list[str]) -> None:
    step = {"type": "shell-local", "environment_vars": [f"A={text}"], "inline": ["true"]}
    template = {"variables": {"image": "x"}, "builders": [{"type": "null", "communicator": "none"}]}
    (tmp_path / "t.json").write_text(json.dumps({**template, "provisioners": [step]}))
    found = check(Request("t.json", str(tmp_path)))
    assert [each.summary for each in found] == [f'There is no variable "{name}"' for name in names]
    assert all(each.severity == "warning" and each.location is not None for each in found)
    if "imge" in names:
        assert found[0].help == 'Did you mean "image"?'
