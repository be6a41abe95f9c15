"""What an expression may name: variables, functions, and the directory its relative paths start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bakehouse.template.callables import Function
from bakehouse.template.values import Value


@dataclass(frozen=True, slots=True)
class Scope:
    """variables: roots (`var`, `local`, `path` ...) by name. directory: of the template (`path.root`).

    names: what `for` expressions around bound. item: the element that a splat around is at.
    on_read: told of every file that a function reads. on_secret: told of every string that a function makes of what is
    sensitive, or that is sensitive as it comes, so that it is masked as well.
    working_directory: where `abspath` and `filebase64` start.
    """

    variables: Mapping[str, Value]
    functions: Mapping[str, Function]
    directory: Path
    working_directory: Path = field(default_factory=Path.cwd)
    names: Mapping[str, Value] = field(default_factory=dict)
    item: Value | None = None
    on_read: Callable[[Path], object] = lambda path: None
    on_secret: Callable[[str], object] = lambda text: None

    def lookup(self, name: str) -> Value | None:
        """The value of a root name, None if there is no such name."""
        found = self.names.get(name)
        return self.variables.get(name) if found is None else found

    def known_names(self) -> list[str]:
        """All names that may be used here."""
        return [*self.names, *self.variables]

    def binding(self, names: Mapping[str, Value]) -> Scope:
        """The scope inside a `for` that binds these names."""
        return replace(self, names={**self.names, **names})

    def at(self, item: Value) -> Scope:
        """The scope inside a splat, at one element."""
        return replace(self, item=item)


LITERALS = Scope({}, {}, Path(), Path())
"""Where nothing is known: for what must be a constant."""
