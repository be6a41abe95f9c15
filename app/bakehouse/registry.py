"""Names to components. Listing imports none of them; a component's module is imported when a template names it.

A component is found by the name of its file: provisioner `shell-local` is `bakehouse/provisioners/shell_local.py`, or
a folder of that name. What is found is checked against its contract, so that a mistake in a component is told with
the name of its module and not as a traceback from the middle of a build.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from bakehouse.errors import ComponentError
from bakehouse.sdk import Builder, Communicator, Component, DataSource, PostProcessor, Provisioner, Resource
from bakehouse.sdk.decode import nearest
from bakehouse.sdk.weak import field_types


@dataclass(frozen=True, slots=True)
class _Kind:
    """package: where built-in ones lie. contract: what they subclass. words: for people."""

    package: str
    contract: type
    words: str


_KINDS = {
    "builder": _Kind("bakehouse_builders", Builder, "builder"),
    "provisioner": _Kind("bakehouse.provisioners", Provisioner, "provisioner"),
    "post_processor": _Kind("bakehouse.post_processors", PostProcessor, "post-processor"),
    "communicator": _Kind("bakehouse.communicators", Communicator, "communicator"),
    "data_source": _Kind("bakehouse.data_sources", DataSource, "data source"),
}


def names(kind: str) -> list[str]:
    """The type names of all components of a kind, sorted, as templates write them."""
    return sorted(_modules(kind))


@cache
def load(kind: str, name: str) -> type[Any]:
    """The class of a component. kind: builder, provisioner, post_processor, communicator, data_source.

    Raises ComponentError for a name that is none, a module that cannot be imported, or a broken contract.
    """
    words = _KINDS[kind].words
    module_name = _modules(kind).get(name)
    if module_name is None:
        known = names(kind)
        help = nearest(name, known) or (f"There are {', '.join(known)}." if known else "There are none yet.")
        raise ComponentError(f'There is no {words} "{name}". {help}')
    found = _find(_import(module_name, f'{words} "{name}"'), kind, name)
    if faults := _faults(found, kind, name):
        raise ComponentError(f'The {words} "{name}" ({module_name}) breaks its contract: {"; ".join(faults)}.')
    return found


def remover(owner: str) -> Callable[[Resource], Awaitable[None]]:
    """Who takes a resource away: "builder:docker" is that builder's `remove`, "process" the local processes'.

    Raises ComponentError for an owner that is unknown.
    """
    if owner == "process":
        remove: Callable[[Resource], Awaitable[None]] = _import(
            "bakehouse.clients.process", "remover of processes"
        ).remove
        return remove
    kind, _, name = owner.partition(":")
    if kind not in _KINDS or not name:
        raise ComponentError(f'Nobody knows how to remove what "{owner}" owns.')
    component = load(kind.replace("-", "_"), name)
    if not hasattr(component, "remove"):
        raise ComponentError(f'The {_KINDS[kind].words} "{name}" owns resources but has no "remove".')
    removal: Callable[[Resource], Awaitable[None]] = component.remove
    return removal


def _modules(kind: str) -> dict[str, str]:
    """Module by type name. Entry points of other packages will be merged here, the built-in ones first."""
    package = importlib.import_module(_KINDS[kind].package)
    found = (module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_"))
    return {name.replace("_", "-"): f"{package.__name__}.{name}" for name in found}


def _import(module_name: str, words: str) -> ModuleType:
    try:
        return importlib.import_module(module_name)
    except Exception as error:
        raise ComponentError(
            f"The {words} ({module_name}) cannot be loaded: {type(error).__name__}: {error}"
        ) from error


def _find(module: ModuleType, kind: str, name: str) -> type[Any]:
    contract = _KINDS[kind].contract
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, contract) and value.__module__.startswith(module.__name__)
    ]
    typed = [value for value in classes if getattr(value, "type", name) == name]
    if len(typed) == 1:
        return typed[0]
    if len(typed) > 1:
        raise ComponentError(f'{module.__name__} has several classes for "{name}": there must be one.')
    if classes:
        other = getattr(classes[0], "type", "")
        raise ComponentError(
            f'{module.__name__} breaks its contract: {classes[0].__name__} has the type "{other}", not "{name}".'
        )
    raise ComponentError(f"{module.__name__} breaks its contract: it has no subclass of {contract.__name__}.")


def _faults(found: type[Any], kind: str, name: str) -> list[str]:
    faults = [f'it has no "{method}"' for method in sorted(getattr(found, "__abstractmethods__", ()))]
    if not issubclass(found, Component):
        return faults
    config = found.Config
    if not dataclasses.is_dataclass(config):
        return [*faults, "its Config is not a dataclass"]
    if not config.__dataclass_params__.frozen:  # type: ignore[attr-defined]  # not in the type stubs
        faults.append("its Config is not frozen")
    if not all(field.kw_only for field in dataclasses.fields(config)):
        faults.append("its Config is not kw_only")
    faults += _unreadable(found, "Config")
    if issubclass(found, DataSource):
        faults += _unreadable(found, "Output")
    return faults


def _unreadable(found: type[Component], name: str) -> list[str]:
    described: type = getattr(found, name)
    if not dataclasses.is_dataclass(described):
        return [f"its {name} is not a dataclass"]
    try:
        field_types(described, found)
    except (NameError, TypeError) as error:
        return [f"the types of its {name} cannot be read ({error})"]
    return []
