"""`env`, which only the default of a variable may call (Packer, hcl2template/functions.go)."""

from __future__ import annotations

import os

from bakehouse.template.callables import Family, text
from bakehouse.template.kinds import STRING

family = Family()


@family.function("env", text("name"), result=STRING, volatile=True)
def environment(name: str) -> str:
    """The value of an environment variable, "" if it is not set."""
    return os.environ.get(name, "")
