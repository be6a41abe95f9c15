"""Mistakes that beginners make, one a file in mistakes/, and what they read: NAME.txt beside NAME.pkr.hcl.

WRITE_GOLDEN=1 writes the texts anew; look at the difference before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bakehouse.errors import TemplateError
from bakehouse.template.compile import check
from bakehouse.template.plan import Request

HERE = Path(__file__).parent / "mistakes"


@pytest.mark.parametrize("name", sorted(path.name.removesuffix(".pkr.hcl") for path in HERE.glob("*.pkr.hcl")))
def test_mistake(name: str) -> None:
    try:
        found = check(Request(f"{name}.pkr.hcl", str(HERE)))
    except TemplateError as error:
        found = list(error.diagnostics)
    shown = "\n\n".join(each.render() for each in found).replace(str(HERE), "DIRECTORY") + "\n"
    golden = HERE / f"{name}.txt"
    if os.environ.get("WRITE_GOLDEN"):
        golden.write_text(shown)
    assert shown == golden.read_text()
