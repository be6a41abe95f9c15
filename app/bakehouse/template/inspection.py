"""What a template is made of, for `inspect`: one tree for both kinds of templates, for people and for programs."""

from __future__ import annotations

import msgspec


class Variable(msgspec.Struct, frozen=True):
    """value: what it would have, printed as Packer prints values; null if it must be given and is not.

    sensitive: its value is "<sensitive>".
    """

    name: str
    value: str | None
    sensitive: bool = False
    required: bool = False


class Local(msgspec.Struct, frozen=True):
    """value: printed as Packer prints values; null if it cannot be told here."""

    name: str
    value: str | None
    sensitive: bool = False


class Component(msgspec.Struct, frozen=True):
    """A source, data source, provisioner or post-processor. name: "" if it has none of its own."""

    type: str
    name: str = ""


class Build(msgspec.Struct, frozen=True):
    """name: of the build block, "" if it has none. post_processors: chains, each fed by the artifact."""

    name: str
    description: str
    sources: list[Component]
    provisioners: list[Component]
    post_processors: list[list[Component]]
    cleanup: Component | None = None


class Inspection(msgspec.Struct, frozen=True):
    """kind: "hcl", or "json" for a legacy JSON template. Of that one every builder is a source of one build block."""

    template: str
    kind: str
    description: str
    variables: list[Variable]
    locals: list[Local]
    data_sources: list[Component]
    builds: list[Build]


STRUCTS = (Inspection, Variable, Local, Build, Component)
