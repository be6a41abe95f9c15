"""`source` and `build` blocks: which builds there are, and the blocks of steps that each of them runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bakehouse.sdk.decode import nearest
from bakehouse.template import hcp
from bakehouse.template.dynamic import Placed, expand
from bakehouse.template.kinds import STRING, ListType
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.schema import Module, check_content, check_labels
from bakehouse.template.surroundings import Surroundings
from bakehouse.template.syntax.tree import Block, Expression, Range, TupleNode
from bakehouse.template.variables import NAME, NAMES

Sources = Mapping[tuple[str, str], Block]
_BLOCKS = {
    "source": ("reference",),
    "provisioner": ("type",),
    "error-cleanup-provisioner": ("type",),
    "post-processor": ("type",),
    "post-processors": (),
    "hcp_packer_registry": (),
}
_LABEL = re.compile(r"[\w-]+")
_LABELS = "The name of a source holds letters, digits, _ and -."


@dataclass(frozen=True, slots=True)
class Usage:
    """A source that a build block uses. local: its block inside the build block, if it has one there.

    builder: the type; label: of the global source; name: the local name, else the label.
    """

    builder: str
    label: str
    name: str
    source: Block
    place: Range
    local: Placed | None = None

    @property
    def type_and_name(self) -> str:
        """`TYPE.NAME`, as `only` and `except` of a step name it."""
        return f"{self.builder}.{self.name}"


@dataclass(slots=True)
class BuildBlock:
    """A build block. chains: of post-processors, each a list of blocks; name: of the build, "" for none.

    plain: it is a builder of a legacy JSON template.
    """

    name: str
    description: str
    place: Range
    usages: list[Usage] = field(default_factory=list)
    provisioners: list[Placed] = field(default_factory=list)
    cleanup: Placed | None = None
    chains: list[list[Placed]] = field(default_factory=list)
    plain: bool = False

    def full_name(self, usage: Usage) -> str:
        """`[BUILD.]TYPE.NAME`, as Packer prints it; of a builder without a name its type alone."""
        if self.plain and usage.name == usage.builder:
            return usage.builder
        return ".".join(part for part in (self.name, usage.builder, usage.name) if part)

    def chosen_as(self, usage: Usage) -> str:
        """What `-only` and `-except` are held against."""
        return usage.name if self.plain else self.full_name(usage)


def sources(module: Module, problems: Problems) -> dict[tuple[str, str], Block]:
    """The global sources by type and name."""
    found: dict[tuple[str, str], Block] = {}
    for block in module.of("source"):
        key = (block.labels[0], block.labels[1])
        for label, place, name, names in zip(key, block.label_ranges, (NAME, _LABEL), (NAMES, _LABELS), strict=False):
            if not name.fullmatch(label):
                problems.error(place, f'"{label}" cannot name a source', names)
        if other := found.get(key):
            where = f"{other.range.location.file}:{other.range.line}"
            summary = f'Source "{key[0]}.{key[1]}" is declared twice'
            problems.error(block.range, summary, f"The first time was in {where}.", "Give it another name.")
            continue
        found[key] = block
    return found


def builds(module: Module, known: Sources, around: Surroundings, problems: Problems) -> list[BuildBlock]:
    """The build blocks in order."""
    return [_Reader(known, around, problems).read(block) for block in module.of("build")]


class _Reader:
    def __init__(self, known: Sources, around: Surroundings, problems: Problems) -> None:
        self._known = known
        self._around = around
        self._problems = problems

    def read(self, block: Block) -> BuildBlock:
        known = len(self._problems.found)
        build = BuildBlock(self._text(block, "name"), self._text(block, "description"), block.range)
        for attribute in block.body.attributes.values():
            if attribute.name not in ("name", "description", "sources"):
                help = nearest(attribute.name, ["name", "description", "sources", *_BLOCKS])
                summary = f'Unknown option "{attribute.name}"'
                self._problems.error(attribute.name_range, summary, "A build block has none of this name.", help)
        if "sources" in block.body.attributes:
            self._references(build, block.body.attributes["sources"].expression)
        for placed in expand(block.body, self._around, {}, self._problems):
            self._block(build, placed)
        silent = self._around.doubtful and ("sources" in block.body.attributes or block.body.blocks)
        if not build.usages and len(self._problems.found) == known and not silent:
            self._problems.error(
                block.range, "The build block has no source", "", 'Write sources = ["source.TYPE.NAME"].'
            )
        return build

    def _text(self, block: Block, name: str) -> str:
        attribute = block.body.attributes.get(name)
        if attribute is not None:
            with self._problems.collect():
                value = self._around.typed(attribute.expression, STRING, name)
                if isinstance(value.payload, str):
                    return value.payload
        return ""

    def _references(self, build: BuildBlock, expression: Expression) -> None:
        with self._problems.collect():
            value = self._around.typed(expression, ListType(STRING), "sources")
            places = [expression.range] * len(value.payload or ())
            if isinstance(expression, TupleNode) and len(expression.items) == len(places):
                places = [item.range for item in expression.items]
            for item, place in zip(value.payload or (), places, strict=True):
                with self._problems.collect():
                    build.usages.append(self._usage(str(item.payload), place, None))

    def _usage(self, reference: str, place: Range, local: Placed | None) -> Usage:
        parts = reference.split(".")
        if len(parts) not in (2, 3) or "" in parts:
            raise mistake(place, f'"{reference}" does not refer to a source', "", "Write source.TYPE.NAME.")
        builder, label = parts[-2:]
        source = self._known.get((builder, label))
        if source is None:
            known = [".".join(key) for key in self._known]
            help = nearest(f"{builder}.{label}", known) or (
                f"There are {', '.join(known)}." if known else f'Declare it: source "{builder}" "{label}" {{ … }}.'
            )
            raise mistake(place, f'There is no source "{builder}.{label}"', "", help)
        return Usage(builder, label, self._local_name(local) or label, source, place, local)

    def _local_name(self, local: Placed | None) -> str:
        if local is None or "name" not in local.body.attributes:
            return ""
        expression = local.body.attributes["name"].expression
        name = self._around.adding(local.bindings).typed(expression, STRING, "name").payload
        if not isinstance(name, str) or not name:
            raise mistake(expression.range, "The name of a source must be a string that is not empty")
        return name

    def _block(self, build: BuildBlock, placed: Placed) -> None:
        block = placed.block
        labels = _BLOCKS.get(block.type)
        if labels is None:
            known = [*_BLOCKS, "dynamic"]
            help = nearest(block.type, known) or f"There are {', '.join(known)}."
            summary = f'Unknown block "{block.type}"'
            self._problems.error(block.type_range, summary, "A build block has none of this type.", help)
        elif check_labels(block, labels, self._problems):
            with self._problems.within(build.place), self._problems.collect():
                self._known_block(build, placed)

    def _known_block(self, build: BuildBlock, placed: Placed) -> None:
        block = placed.block
        match block.type:
            case "source":
                build.usages.append(self._usage(block.labels[0], block.range, placed))
            case "provisioner":
                build.provisioners.append(placed)
            case "error-cleanup-provisioner":
                if build.cleanup is not None:
                    raise mistake(block.range, "A build block has one error-cleanup-provisioner at most")
                build.cleanup = placed
            case "post-processor":
                build.chains.append([placed])
            case "post-processors":
                build.chains.append(self._chain(placed))
            case _:
                hcp.check(placed, self._around, self._problems)

    def _chain(self, placed: Placed) -> list[Placed]:
        inside = expand(placed.body, self._around, placed.bindings, self._problems)
        check_content(placed.body, "post-processors", (), ("post-processor", "dynamic"), self._problems)
        return [
            link
            for link in inside
            if link.block.type == "post-processor" and check_labels(link.block, ("type",), self._problems)
        ]
