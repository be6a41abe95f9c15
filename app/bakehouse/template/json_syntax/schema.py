"""What may stand in a body, so that JSON can be told apart: a property is an argument or blocks of a type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from bakehouse.template.json_syntax.nodes import JsonValue
from bakehouse.template.json_syntax.reader import Places
from bakehouse.template.json_syntax.values import value_of, verbatim, written
from bakehouse.template.syntax.tree import Expression

Reading = Callable[[JsonValue, Places], Expression]


@dataclass(frozen=True, slots=True)
class BodySchema:
    """blocks: by type; every other property is an argument. reads: arguments that are no values like all others.

    labels: how many each block of this body's type has. merges: several objects in an array are one body; else the
    body is one object (hcl: JustAttributes).
    """

    blocks: Mapping[str, BodySchema] = field(default_factory=dict)
    reads: Mapping[str, Reading] = field(default_factory=dict)
    other: Reading = value_of
    labels: int = 0
    merges: bool = True

    def of_dynamic(self) -> BodySchema:
        """The schema of `dynamic` in this body: one label, the type of the blocks that it makes."""
        return BodySchema({}, {"iterator": written}, labels=1)

    def named(self, labels: int) -> BodySchema:
        """The same for blocks with labels."""
        return replace(self, labels=labels)


_VALUES = BodySchema(merges=False)
_COMPONENT = BodySchema()
_VARIABLE = BodySchema(
    {"validation": BodySchema(reads={"error_message": verbatim})},
    {"type": written, "description": verbatim, "sensitive": verbatim},
    labels=1,
)
_BUILD = BodySchema(
    {
        "source": _COMPONENT.named(1),
        "provisioner": _COMPONENT.named(1),
        "error-cleanup-provisioner": _COMPONENT.named(1),
        "post-processor": _COMPONENT.named(1),
        "post-processors": BodySchema({"post-processor": _COMPONENT.named(1)}),
        "hcp_packer_registry": _COMPONENT,
    }
)
TEMPLATE = BodySchema(
    {
        "packer": BodySchema({"required_plugins": BodySchema(other=verbatim, merges=False)}, other=verbatim),
        "variable": _VARIABLE,
        "variables": _VALUES,
        "local": BodySchema(reads={"sensitive": verbatim}, labels=1),
        "locals": _VALUES,
        "source": _COMPONENT.named(2),
        "data": _COMPONENT.named(2),
        "build": _BUILD,
        "hcp_packer_registry": _COMPONENT,
        "communicator": _COMPONENT.named(2),
    }
)
"""A whole `*.pkr.json`."""
