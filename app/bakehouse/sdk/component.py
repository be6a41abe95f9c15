"""What builders, provisioners and post-processors have in common: a type name, a Config, the files they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from bakehouse.errors import Diagnostic
from bakehouse.sdk.config import Argument


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files of the host that a component reads.

    scripts: small texts whose bytes the plan keeps, so that a revision can be run again as it was.
    files: anything else; the plan keeps a digest. A directory stands for all that is in it.
    """

    scripts: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Component:
    """A component is a class with `type="name"` in its base list, a frozen dataclass `Config`, one instance a build.

    class Shell(Provisioner, type="shell"):
        @dataclass(frozen=True, kw_only=True)
        class Config: ...
    """

    type: ClassVar[str] = ""

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """No options."""

    def __init_subclass__(cls, *, type: str = "", **rest: Any) -> None:
        super().__init_subclass__(**rest)
        if type:
            cls.type = type

    def __init__(self, config: Any) -> None:
        self.config = config

    @classmethod
    def check(cls, config: Any, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        """What is wrong with options that are each well typed: rules between options, files that are missing.

        Called at validate time and again when the step starts; must have no side effects. `arguments` gives the
        places for the diagnostics; an option that is UNKNOWN at validate time has its Config default here.
        """
        return []

    @classmethod
    def not_yet(cls, config: Any) -> str:
        """Why a build cannot do what these options, right as they are, ask for; "" if it can, as nearly always.

        `validate` warns of it, since Packer accepts the template; `build` refuses before any machine is made.
        """
        return ""

    @classmethod
    def inputs(cls, config: Any) -> Inputs:
        """The files of the host that it reads."""
        return Inputs()

    @classmethod
    def outputs(cls, config: Any) -> tuple[str, ...]:
        """The paths on the host that it writes and that belong to one build alone; two builds of a plan with the same
        one are refused. Empty ones do not count.
        """
        return ()

    @classmethod
    def title(cls, config: Any) -> str:
        """What a list of steps calls it when the template gives no name; default: the type (DESIGN 4)."""
        return cls.type
