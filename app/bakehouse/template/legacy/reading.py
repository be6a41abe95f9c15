"""Legacy JSON to its parts: what Packer refuses while it parses (packer: `template/parse.go`).

Names of the keys at the top may be in capitals, as Go's decoder has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches

from msgspec.structs import replace

from bakehouse.errors import TemplateError
from bakehouse.sdk.decode import nearest
from bakehouse.template.json_syntax.nodes import Array, JsonValue, Member, Object, Scalar, objects_below
from bakehouse.template.json_syntax.values import repeated
from bakehouse.template.legacy.structure import LegacyTemplate, Part, UserVariable
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.syntax.tree import Range, WrittenRange

PROVISIONER = ("only", "except", "override", "pause_before", "timeout", "max_retries")
POST_PROCESSOR = ("only", "except", "keep_input_artifact")
_NAMED = ("builder", "post-processor")


def read_parts(root: JsonValue, problems: Problems) -> LegacyTemplate:
    """The parts of a template. What is wrong is noted. Raises TemplateError if it is no object."""
    if not isinstance(root, Object):
        raise mistake(root.range, "A template must be an object", f"This is {root.kind}.", "Write { … }.")
    for each in objects_below(root):
        for member, first in each.repeated():
            problems.add(repeated(member, first).diagnostics)
    reader = _Reader(problems)
    for member in root.members:
        with problems.collect():
            reader.key(member)
    return reader.template


class _Reader:
    def __init__(self, problems: Problems) -> None:
        self.template = LegacyTemplate()
        self._problems = problems
        self._keys: dict[str, Callable[[Member], object]] = {
            "builders": self._builders,
            "provisioners": self._provisioners,
            "post-processors": self._post_processors,
            "error-cleanup-provisioner": self._cleanup,
            "variables": self._variables,
            "sensitive-variables": self._sensitive,
            "description": self._description,
            "min_packer_version": self._minimum,
            "push": lambda member: _object(member.value, "push"),
            "comments": lambda member: None,
        }

    def key(self, member: Member) -> None:
        """One of the keys at the top."""
        if member.name.startswith("_"):
            _text(member.value, "A comment")
            return
        read = self._keys.get(member.name.lower())
        if read is None:
            known = [name for name in self._keys if name not in ("push", "comments")]
            help = nearest(member.name, known) or f'There are {", ".join(known)}. A comment\'s name begins with "_".'
            summary = f'Unknown key "{member.name}"'
            raise mistake(member.name_range, summary, "A JSON template has no such key at its top.", help)
        if not _is_null(member.value):
            read(member)

    def _description(self, member: Member) -> None:
        self.template.description = _text(member.value, "The description")

    def _minimum(self, member: Member) -> None:
        self.template.minimum = (_text(member.value, "min_packer_version"), member.value.range)

    def _variables(self, member: Member) -> None:
        for each in _object(member.value, "variables").members:
            with self._problems.collect():
                default = _default(each)
                self.template.variables[each.name] = UserVariable(each.name, default, each.name_range)

    def _sensitive(self, member: Member) -> None:
        names = _array(member.value, "sensitive-variables")
        self.template.sensitive = [_text(item, "The name of a variable") for item in names]

    def _builders(self, member: Member) -> None:
        first: dict[str, Part] = {}
        for part in self._parts(_array(member.value, "builders"), "builder", ()):
            if part.name in first:
                where = f"The first is in line {first[part.name].place.line}."
                help = 'Give one of them another "name".'
                self._problems.error(part.place, f'Two builders are named "{part.name}"', where, help)
                continue
            first[part.name] = part
            self.template.builders.append(part)

    def _provisioners(self, member: Member) -> None:
        items = _array(member.value, "provisioners")
        self.template.provisioners = list(self._parts(items, "provisioner", PROVISIONER))

    def _cleanup(self, member: Member) -> None:
        self.template.cleanup = _part(member.value, "provisioner", PROVISIONER)

    def _post_processors(self, member: Member) -> None:
        for item in _array(member.value, "post-processors"):
            links = item.items if isinstance(item, Array) else (item,)
            self.template.chains.append(list(self._parts(links, "post-processor", POST_PROCESSOR)))

    def _parts(self, items: tuple[JsonValue, ...], kind: str, meta: tuple[str, ...]) -> Iterator[Part]:
        for item in items:
            with self._problems.collect():
                yield _part(item, kind, meta)


def _part(node: JsonValue, kind: str, meta: tuple[str, ...]) -> Part:
    if kind == "post-processor" and isinstance(node, Scalar) and isinstance(node.value, str):
        return Part(kind, node.value, node.range, node.value, _called(node.range, kind, node.value))
    if not isinstance(node, Object):
        forms = ", or its type alone as a string" if kind == "post-processor" else ""
        raise mistake(node.range, f"This is {node.kind}", f"A {kind} is an object{forms}.", 'Write {"type": "…", …}.')
    known = {member.name: member for member in node.members}
    if "type" not in known:
        raise _without_type(node, kind)
    type = _text(known["type"].value, f"The type of a {kind}")
    name = _name(known["name"].value, kind) if kind in _NAMED and "name" in known else ""
    common = ("type", *(("name",) if kind in _NAMED else ()))
    own = tuple(member for member in node.members if member.name not in (*common, *meta))
    about = {key: member.value for key, member in known.items() if key in meta and not _is_null(member.value)}
    _check_meta(about, kind)
    place = _called(known["type"].value.range, kind, type)
    return Part(kind, type, known["type"].value.range, name or type, place, own, about)


def _without_type(node: Object, kind: str) -> TemplateError:
    near = get_close_matches("type", [member.name for member in node.members], 1, 0.75)
    for member in node.members:
        if member.name in near:
            return mistake(member.name_range, f'A {kind} without "type"', "", 'Did you mean "type"?')
    help = f'Write "type": "…", the type of the {kind}.'
    return mistake(_first_character(node.range), f'A {kind} without "type"', "", help)


def _name(node: JsonValue, kind: str) -> str:
    """A name; that of a builder may be written as a number, by Go's weak conversion."""
    if kind == "builder" and isinstance(node, Scalar) and type(node.value) is int:
        return str(node.value)
    return _text(node, "A name")


def _check_meta(about: dict[str, JsonValue], kind: str) -> None:
    """Refuse what every part of a kind has and is of the wrong form. Provisioners may name one builder by a string."""
    for key in ("only", "except"):
        value = about.get(key)
        if kind == "provisioner" and isinstance(value, Scalar):
            about[key] = Array((value,), value.range)
        for item in _array(about[key], key) if key in about else ():
            _text(item, "The name of a builder")
    if isinstance(override := about.get("override"), Array) and not override.items:
        del about["override"]  # Go's decoder takes it for an object
    for each in _object(about["override"], "override").members if "override" in about else ():
        _object(each.value, "an override")
    keep = about.get("keep_input_artifact")
    if keep is not None and not (isinstance(keep, Scalar) and isinstance(keep.value, bool)):
        raise mistake(keep.range, f"This is {keep.kind}", '"keep_input_artifact" is true or false, without quotes.')


def _is_null(node: JsonValue) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _called(place: Range, kind: str, type: str) -> WrittenRange:
    """A place at which something stands that people know by its kind and type."""
    fields = {name: getattr(place, name) for name in place.__struct_fields__}
    return WrittenRange(**fields, written=f'{kind} "{type}"')


def _first_character(place: Range) -> Range:
    return replace(place, end=place.start + 1, end_line=place.line, end_column=place.column + 1)


def _default(member: Member) -> str | None:
    """A variable's default; None if it must be given."""
    value = member.value
    if isinstance(value, Scalar) and isinstance(value.value, str | None):
        return value.value
    detail, help = "A variable of a JSON template is a string, or null if it must be given.", "Put it into quotes."
    raise mistake(value.range, f'The default of "{member.name}" is {value.kind}', detail, help)


def _text(node: JsonValue, what: str) -> str:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return node.value
    raise mistake(node.range, f"{what} must be a string", f"This is {node.kind}.")


def _array(node: JsonValue, what: str) -> tuple[JsonValue, ...]:
    if isinstance(node, Array):
        return node.items
    raise mistake(node.range, f'"{what}" must be an array', f"This is {node.kind}.", "Write [ … ].")


def _object(node: JsonValue, what: str) -> Object:
    if isinstance(node, Object):
        return node
    raise mistake(node.range, f'"{what}" must be an object', f"This is {node.kind}.", "Write { … }.")
