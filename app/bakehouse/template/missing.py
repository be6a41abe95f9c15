"""Names that there are not: what is said of them, and what was probably meant."""

from __future__ import annotations

from collections.abc import Mapping

from bakehouse.template.fault import Fault, listing, nearest
from bakehouse.template.kinds import ObjectType
from bakehouse.template.scope import Scope
from bakehouse.template.syntax import tree
from bakehouse.template.values import Value

_SPACES = {
    "var": ("variable", 'Declare it: variable "{}" {{ type = string }}'),
    "local": ("local", "Declare it: locals {{ {} = ... }}"),
}
_CONSTANTS = {"true": "true", "false": "false", "null": "null", "none": "null", "nil": "null", "undefined": "null"}
_HINTS = {
    "source": 'In sources a source is named in quotes: sources = ["source.TYPE.NAME"]. '
    "Only in the steps of a build there are source.name and source.type.",
    "build": "Only in the steps of a build there is build.NAME.",
    "data": "The template declares no data source.",
    "each": "In a dynamic block the item has the name of the block: NAME.value and NAME.key, or what iterator says.",
    "count": "Packer's templates have no count; write one block for each.",
    "self": "What is known of the machine is build.NAME, in the steps of a build.",
    "env": 'Environment variables come in by the default of a variable: variable "x" { default = env("NAME") }.',
}

_ELSEWHERE = {
    **{f"to{kind}": f"Packer has convert(x, {kind}) for it." for kind in ("string", "number", "bool")},
    **{f"to{kind}": f"Packer has convert(x, {kind}(any)) for it." for kind in ("list", "set", "map")},
    **{f"file{hash}": f"Packer has {hash}(file(path)) for it." for hash in ("md5", "sha1", "sha256", "sha512")},
    "env": "Only the default of a variable may call env(): make a variable of it.",
    "list": "Write [a, b].",
    "map": 'Write { name = "value" }.',
    "one": "Write x[0].",
    "sensitive": "Write sensitive = true in the variable, or in a local block.",
    "uuid": "Packer has uuidv4() for it.",
}
_OF_TERRAFORM = (
    "base64gunzip base64sha256 base64sha512 ephemeralasnull filebase64sha256 filebase64sha512 issensitive matchkeys "
    "nonsensitive plantimestamp setsubtract templatestring timecmp transpose type urldecode"
)


def unknown_function(name: str, scope: Scope) -> Fault:
    """A function that there is not."""
    help = _ELSEWHERE.get(name, "")
    if name in _OF_TERRAFORM.split():
        help = "Terraform has it; Packer's templates do not."
    return Fault("Unknown function", f'There is no function "{name}".', help=help or nearest(name, scope.functions))


def unknown_name(name: str, scope: Scope) -> Fault:
    """A root name that there is not."""
    known = scope.known_names()
    there = f"Known are {', '.join(sorted(known))}." if known else "No name can be used here."
    return Fault("Unknown name", f'There is no "{name}" here. {there}', help=_meant(name, scope, known))


def _meant(name: str, scope: Scope, known: list[str]) -> str:
    if name.lower() in _CONSTANTS:
        return f"Write {_CONSTANTS[name.lower()]}."
    if name in scope.functions:
        return f"{name} is a function: call it with parentheses."
    for root in _SPACES:
        space = scope.lookup(root)
        if space is not None and isinstance(space.payload, dict) and name in space.payload:
            return f'Did you mean "{root}.{name}"?'
    if name.isupper():
        return f"For a variable of the shell write ${name}, or $${{{name}}}: HCL takes ${{ }} for itself."
    if near := nearest(name, known):
        return near
    iterators = [f"The iterator is called {each}: {each}.value, {each}.key." for each in _iterators(scope)]
    help = _HINTS.get(name, "") if not iterators else ""
    return " ".join((*iterators, help or (f'A text stands in quotes: "{name}".' if known else ""))).strip()


def _iterators(scope: Scope) -> list[str]:
    """What the items of the dynamic blocks around are called."""
    return [
        name
        for name, value in scope.variables.items()
        if name not in _SPACES and isinstance(value.type, ObjectType) and set(value.type.attributes) == {"key", "value"}
    ]


def unknown_attribute(node: tree.Attribute, value: Value, fault: Fault, scope: Scope) -> Fault:
    """The fault in better words, where the attribute is the name of something that is declared."""
    kind, root = value.type, node.object
    if not isinstance(kind, ObjectType) or (isinstance(root, tree.Variable) and root.name in scope.names):
        return fault
    match root:
        case tree.Variable(name=name) if name in _SPACES:
            word, declare = _SPACES[name]
            return _undeclared(word, node.name, kind.attributes, name, declare)
        case tree.Variable(name="data"):
            return _undeclared("data source of type", node.name, kind.attributes, "data", "")
        case tree.Attribute(object=tree.Variable(name="data"), name=type):
            return _undeclared(f"data source {type}", node.name, kind.attributes, f"data.{type}", "")
    return fault


def _undeclared(word: str, name: str, known: Mapping[str, object], root: str, declare: str) -> Fault:
    names = sorted(known)
    there = f"There {'is' if len(names) == 1 else 'are'} {listing(names)}." if names else "There is none at all."
    head, dash, tail = name.rpartition("-")
    if dash and head in known:
        help = f"A - belongs to the name. To subtract, put blanks around it: {root}.{head} - {tail}."
    else:
        help = nearest(name, names) or (declare.format(name) if declare else "")
    kind = "data source" if root.startswith("data") else word
    return Fault(f"Unknown {kind}", f'There is no {word} "{name}". {there}', help=help)


def name_place(node: tree.Attribute) -> tree.Range:
    """Where the name after the last dot stands."""
    place, width = node.range, len(node.name)
    if not place.text.endswith(node.name) or place.end_column <= width:
        return place
    begin = place.end_column - width
    return tree.Range(
        place.source, place.end - width, place.end, place.end_line, begin, place.end_line, place.end_column
    )
