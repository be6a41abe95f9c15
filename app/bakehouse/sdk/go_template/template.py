"""A Go template: a text that is read once and rendered with data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bakehouse.sdk.go_template import evaluation, nodes
from bakehouse.sdk.go_template.builtins import BUILTINS
from bakehouse.sdk.go_template.parser import Parsed, parse


@dataclass(frozen=True, slots=True)
class Template:
    """functions: those beyond Go's own."""

    parsed: Parsed
    functions: Mapping[str, Callable[..., Any]]

    @classmethod
    def parse(
        cls, text: str, functions: Mapping[str, Callable[..., Any]], help: Mapping[str, str] | None = None
    ) -> Template:
        """Read a text. help: what to write instead of functions that there are not, by name. Raises GoTemplateError."""
        known = {**BUILTINS, **functions}
        return cls(parse(text, known, help or {}), known)

    def execute(self, data: Any) -> str:
        """The text with its actions done. data: what `.` is. Raises GoTemplateError."""
        return evaluation.render(self.parsed, self.functions, data)

    def fields(self) -> set[str]:
        """The first names of `.Name` and `$.Name` that it mentions outside of range and with."""
        return {
            node.names[0]
            for node in nodes.walk((self.parsed.body, tuple(self.parsed.defined.values())))
            if isinstance(node, nodes.Fields) and isinstance(node.of, nodes.Dot | nodes.Variable)
        }
