"""`*.pkr.json`: HCL's JSON syntax as the tree that native syntax gives (hcl/json/structure.go: `body`).

Which properties are blocks is for a schema to say. A block's labels are properties inside each other; wherever an
object is asked for, an array of objects is all of them together, and several blocks where a body is asked for. `//`
is a comment. Lines and columns are the JSON file's.
"""

from __future__ import annotations

from collections.abc import Iterator

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.sdk.decode import nearest
from bakehouse.template.json_syntax.nodes import Array, JsonValue, Member, Object, Scalar
from bakehouse.template.json_syntax.reader import Places, read_json
from bakehouse.template.json_syntax.schema import TEMPLATE, BodySchema
from bakehouse.template.json_syntax.values import repeated
from bakehouse.template.problems import diagnostic, mistake
from bakehouse.template.syntax.tree import AttributeDefinition, Block, Body, Range, SourceFile, WrittenRange

COMMENT = "//"
LEGACY = ("builders", "provisioners", "post-processors")
DYNAMIC = "dynamic"
MOST_ERRORS = 20


def parse_json_file(source: SourceFile) -> Body:
    """The body of a `*.pkr.json`. Raises TemplateError with what is wrong, 20 of it at most."""
    source = SourceFile(source.name, source.text, "json")
    root = read_json(source)
    if isinstance(root, Scalar):
        raise mistake(root.range, "A template must be an object", f"This is {root.kind}.", "Write { … }.")
    lowering = _Lowering(Places(source))
    body = lowering.body(root, TEMPLATE)
    lowering.found += [_unknown(attribute) for attribute in body.attributes.values()]
    if lowering.found:
        raise TemplateError(lowering.found[:MOST_ERRORS])
    return body


class _Lowering:
    """found: what is wrong so far."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.found: list[Diagnostic] = []

    def body(self, node: JsonValue, schema: BodySchema) -> Body:
        """The body that an object, or several in an array, stand for."""
        attributes: dict[str, AttributeDefinition] = {}
        blocks: list[Block] = []
        first: dict[str, Member] = {}
        for member in self._members(node, "arguments and blocks", schema.merges):
            if member.name == COMMENT:
                continue
            inner = schema.of_dynamic() if member.name == DYNAMIC else schema.blocks.get(member.name)
            if inner is not None:
                blocks += self._blocks(member, inner, schema)
            elif member.name in first:
                self._note(repeated(member, first[member.name]))
            else:
                first[member.name] = member
                self._attribute(attributes, member, schema)
        end = self._places.range(max(node.range.end - 1, node.range.start), node.range.end)
        return Body(attributes, tuple(blocks), node.range, end)

    def _attribute(self, attributes: dict[str, AttributeDefinition], member: Member, schema: BodySchema) -> None:
        read = schema.reads.get(member.name, schema.other)
        try:
            expression = read(member.value, self._places)
        except TemplateError as error:
            self._note(error)
            return
        whole = self._places.range(member.name_range.start, member.value.range.end)
        name_range = self._inside(member.name_range)
        attributes[member.name] = AttributeDefinition(member.name, expression, whole, name_range)

    def _blocks(self, member: Member, schema: BodySchema, around: BodySchema) -> Iterator[Block]:
        """The blocks of one property. around: the schema in which it stands, which `dynamic` makes blocks of."""
        for path, node in self._labelled(member, [member], schema.labels):
            made = around.blocks.get(path[-1].name, BodySchema()) if member.name == DYNAMIC else schema
            content = BodySchema({"content": BodySchema(made.blocks, made.reads, made.other)}, schema.reads)
            for body, place in self._bodies(node, path):
                yield Block(
                    member.name,
                    tuple(label.name for label in path[1:]),
                    self.body(body, content if member.name == DYNAMIC else schema),
                    _header(path, place),
                    self._inside(member.name_range),
                    tuple(self._inside(label.name_range) for label in path[1:]),
                )

    def _labelled(self, member: Member, path: list[Member], labels: int) -> Iterator[tuple[list[Member], JsonValue]]:
        """What stands under each way down through the labels."""
        if not labels:
            yield path, member.value
            return
        members = list(self._members(member.value, f"labels of {path[0].name}"))
        if not members and not self.found:
            help = f'Write "{path[0].name}": {{"LABEL": {{ … }}}}.'
            self._note(mistake(member.value.range, f"A label of {path[0].name} is missing", "", help))
        for each in members:
            yield from self._labelled(each, [*path, each], labels - 1)

    def _bodies(self, node: JsonValue, path: list[Member]) -> Iterator[tuple[JsonValue, Range]]:
        """Each body, and the place at which its block is said to stand."""
        if isinstance(node, Object):
            yield node, self._inside(path[-1].name_range)
        elif isinstance(node, Array):
            for item in node.items:
                yield item, self._places.range(item.range.start, item.range.start + 1)
        elif node.value is not None:
            self._wrong(node, f"blocks of type {path[0].name}")

    def _members(self, node: JsonValue, what: str, merges: bool = True) -> Iterator[Member]:
        """The properties of an object, or of all objects in an array; null has none."""
        if isinstance(node, Object):
            yield from node.members
        elif isinstance(node, Array) and merges:
            for item in node.items:
                if isinstance(item, Object):
                    yield from item.members
                else:
                    self._wrong(item, what)
        elif not (isinstance(node, Scalar) and node.value is None):
            self._wrong(node, what)

    def _wrong(self, node: JsonValue, what: str) -> None:
        self._note(mistake(node.range, f"This is {node.kind}", f"Here is an object needed, which holds {what}."))

    def _inside(self, quoted: Range) -> Range:
        """A name without its quotes."""
        return self._places.range(quoted.start + 1, quoted.end - 1)

    def _note(self, error: Exception) -> None:
        assert isinstance(error, TemplateError)
        self.found += error.diagnostics


def _unknown(attribute: AttributeDefinition) -> Diagnostic:
    """What stands at the top of a template and is no block."""
    name, known = attribute.name, list(TEMPLATE.blocks)
    if name in LEGACY:
        help = "This looks like a JSON template of the older kind: give it a name that ends in .json, without .pkr."
    else:
        help = nearest(name, known) or f'There are {", ".join(known)}; "{COMMENT}" is a comment.'
    return diagnostic(attribute.name_range, f'Unknown block "{name}"', "A template has no block of this type.", help)


def _header(path: list[Member], place: Range) -> WrittenRange:
    """Where a block stands, called as native syntax has it: `source "null" "x"`."""
    written = " ".join([path[0].name, *(f'"{label.name}"' for label in path[1:])])
    return WrittenRange(**{name: getattr(place, name) for name in place.__struct_fields__}, written=written)
