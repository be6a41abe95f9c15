"""Which roots an expression names, without evaluating it."""

from __future__ import annotations

from collections.abc import Iterator

from bakehouse.template.syntax import tree

Reference = tuple[str, ...]
_Bound = frozenset[str]


def references(expression: tree.Expression) -> list[Reference]:
    """Every traversal of a root name, in order, without repetition: `("var", "x")`, `("data", "http", "a", "body")`.

    A traversal ends where it stops being constant. Names that a `for` binds are left out.
    """
    return list(dict.fromkeys(_walk(expression, frozenset())))


def _walk(node: tree.Expression, bound: _Bound) -> Iterator[Reference]:
    chain = _chain(node)
    if chain is not None:
        if chain[0] not in bound:
            yield chain
        yield from _keys(node, bound)
        return
    match node:
        case tree.ForTuple() | tree.ForObject() | tree.TemplateFor():
            yield from _loop(node, bound)
        case tree.Index(object=inner, key=key):
            yield from _walk(inner, bound)
            yield from _walk(key, bound)
        case _:
            for child in children(node):
                yield from _walk(child, bound)


def _chain(node: tree.Expression) -> Reference | None:
    """The names of `a.b["c"]`, up to the first key that is not constant; None if the root is no variable."""
    match node:
        case tree.Variable(name=name):
            return (name,)
        case tree.Attribute(object=inner, name=name):
            return _longer(inner, name)
        case tree.Index(object=inner, key=tree.Literal(value=str() | int() as key)) if not isinstance(key, bool):
            return _longer(inner, str(key))
        case tree.Index(object=inner):
            return _chain(inner)
    return None


def _longer(inner: tree.Expression, name: str) -> Reference | None:
    chain = _chain(inner)
    return None if chain is None else chain if _broken(inner) else (*chain, name)


def _broken(node: tree.Expression) -> bool:
    """Whether a key that is not constant stands somewhere in a chain."""
    match node:
        case tree.Index(object=inner, key=key):
            return not isinstance(key, tree.Literal) or _broken(inner)
        case tree.Attribute(object=inner):
            return _broken(inner)
    return False


def _keys(node: tree.Expression, bound: _Bound) -> Iterator[Reference]:
    match node:
        case tree.Index(object=inner, key=key):
            yield from _keys(inner, bound)
            yield from _walk(key, bound)
        case tree.Attribute(object=inner):
            yield from _keys(inner, bound)


def _loop(node: tree.ForTuple | tree.ForObject | tree.TemplateFor, bound: _Bound) -> Iterator[Reference]:
    yield from _walk(node.collection, bound)
    name = node.value if isinstance(node, tree.TemplateFor) else node.value_name
    inner = bound | {name} | ({node.key} if node.key else set())
    for child in children(node):
        if child is not node.collection:
            yield from _walk(child, inner)


def children(node: tree.Expression) -> Iterator[tree.Expression]:
    """The expressions directly inside any node, in the order of its fields."""
    for name in node.__struct_fields__:
        yield from _expressions(getattr(node, name))


def _expressions(field: object) -> Iterator[tree.Expression]:
    if isinstance(field, tree.Expression):
        yield field
    elif isinstance(field, tuple):
        for item in field:
            yield from _expressions(item)
