"""Docker."""

from __future__ import annotations

from typing import Any

from bakehouse.template.upgrade.fixers.walking import Template, builders, post_processors


def login_email(template: Template) -> None:
    """Registries want no address any more."""
    for block in (*builders(template, "docker"), *post_processors(template, "docker-push")):
        block.pop("login_email", None)


def tags(template: Template) -> None:
    """`tag`, which had commas or was a list, is `tags`."""
    for block in post_processors(template, "docker-tag"):
        if "tag" in block:
            block["tags"] = [*_listed(block.pop("tag")), *_listed(block.get("tags"))]


def _listed(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None else [part.strip() for part in str(value).split(",")]
