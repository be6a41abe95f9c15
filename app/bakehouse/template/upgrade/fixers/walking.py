"""Ways through a legacy template, past everything that is not of the type that belongs there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Template = dict[str, Any]
Block = dict[str, Any]


def section(template: Template, name: str) -> Any:
    """What is under a root key; a key in other letter case is the same key, as it is for Packer."""
    if name in template:
        return template[name]
    return next((value for key, value in template.items() if key.lower() == name), None)


def builders(template: Template, *types: str) -> Iterator[Block]:
    """The builders of these types; all, if none are named."""
    yield from _of_types(_blocks(section(template, "builders")), types)


def provisioners(template: Template, *types: str) -> Iterator[Block]:
    """The provisioners of these types, the one for cleaning up after errors too; all, if none are named."""
    found = [*_blocks(section(template, "provisioners")), *_blocks([section(template, "error-cleanup-provisioner")])]
    yield from _of_types(found, types)


def post_processors(template: Template, *types: str) -> Iterator[Block]:
    """The post-processors of these types, inside chains and outside; all, if none are named."""
    listed = section(template, "post-processors")
    for item in listed if isinstance(listed, list) else []:
        yield from _of_types(_blocks(item if isinstance(item, list) else [item]), types)


def rename(block: Block, old: str, new: str) -> None:
    """Give an option its new name. Where both are there, the new one stands."""
    if old in block:
        value = block.pop(old)
        block.setdefault(new, value)


def rewrite(value: Any, change: Callable[[str], str]) -> Any:
    """A value with each of its texts, however deep, changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [rewrite(item, change) for item in value]
    if isinstance(value, dict):
        return {key: rewrite(item, change) for key, item in value.items()}
    return value


def rewrite_builders(template: Template, change: Callable[[str], str]) -> None:
    """Change every text in every builder."""
    for builder in builders(template):
        builder.update(rewrite(builder, change))


def rename_type(template: Template, old: str, new: str) -> None:
    """Give a type of builders its new name. A builder without a name has its type's, so what refers to it by that
    name follows: `override`, `only` and `except`."""
    renamed = list(builders(template, old))
    for builder in renamed:
        builder["type"] = new
    if all("name" in builder for builder in renamed):
        return
    for block in (*provisioners(template), *post_processors(template)):
        if isinstance(override := block.get("override"), dict):
            rename(override, old, new)
        for key in ("only", "except"):
            if isinstance(names := block.get(key), list):
                block[key] = [new if name == old else name for name in names]


def _blocks(value: Any) -> list[Block]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _of_types(blocks: list[Block], types: tuple[str, ...]) -> Iterator[Block]:
    for block in blocks:
        if not types or block.get("type") in types:
            yield block
