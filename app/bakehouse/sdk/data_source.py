"""The contract of a data source: values that a template takes from elsewhere, before any build starts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from bakehouse.sdk.component import Component


class DataSource(Component, ABC):
    """Reads something once for a whole run; `data.TYPE.NAME.attribute` is what it found.

    It is read when all that its options name is known, whatever `-only` says, at the same time as others that do not
    need it, in an event loop and a thread of its own. A new revision of the plan (edit and retry) reads again only the
    sources whose options changed: what reads without limit asks a service as often as somebody looks at a change.
    """

    @dataclass(frozen=True, kw_only=True)
    class Output:
        """The attributes. Their annotations are their types while nothing is read: str, int, float, bool, list[...],
        dict[str, ...], a frozen dataclass for an object, Any. `option(sensitive=True)` marks one that is a secret.
        """

    mirrors: ClassVar[Mapping[str, str]] = {}
    """Attributes that repeat an option, by its name: sensitive if that is."""

    @abstractmethod
    async def read(self) -> Any:
        """An `Output`. Raises DataError with what went wrong; the place in the template is added."""
