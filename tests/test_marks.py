"""Which marks a locale gets."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bakehouse.marks import utf8


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"LANG": ""}, False),
        ({"LANG": "C"}, False),
        ({"LANG": "POSIX"}, False),
        ({"LANG": "en_US"}, False),
        ({"LANG": "de_DE.ISO-8859-15@euro"}, False),
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "ca_ES.utf8@valencia"}, True),
        ({"LC_ALL": "", "LC_CTYPE": "", "LANG": "C.UTF-8"}, True),
        ({"LC_ALL": "C", "LC_CTYPE": "C.UTF-8", "LANG": "C.UTF-8"}, False),
        ({"LC_CTYPE": "UTF-8", "LANG": "C"}, True),
        ({"LC_ALL": "C.UTF-8", "LANG": "C", "BAKEHOUSE_ASCII": "1"}, False),
        ({"LANG": "C", "BAKEHOUSE_ASCII": "0"}, True),
    ],
)
def test_the_first_that_is_set_counts(environment: dict[str, str], expected: bool) -> None:
    assert utf8(environment) is expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ({}, "False True"),
        ({"LANG": "C"}, "False True"),
        ({"LC_ALL": "C"}, "False True"),
        ({"LC_CTYPE": "C.UTF-8"}, "True True"),
        ({"LANG": "C.UTF-8"}, "True True"),
    ],
)
def test_what_python_makes_of_the_locale_does_not_count(locale: dict[str, str], expected: str) -> None:
    rest = {name: value for name, value in os.environ.items() if name not in ("LC_ALL", "LC_CTYPE", "LANG")}
    code = "import sys; from bakehouse.marks import utf8; print(utf8(), sys.stdout.encoding == 'utf-8')"
    done = subprocess.run([sys.executable, "-c", code], env={**rest, **locale}, capture_output=True, text=True)
    assert done.stdout.strip() == expected
