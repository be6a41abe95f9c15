"""What answers at a terminal or from a pipe, line by line: a console of expressions, or one of legacy texts."""

from __future__ import annotations

from abc import ABC, abstractmethod

from bakehouse.errors import TemplateError
from bakehouse.template.problems import Problems


class Answers(ABC):
    """help: what the word `help` gives. problems: of the template; they hinder nobody."""

    def __init__(self, help: str, problems: Problems) -> None:
        self._help = help
        self._problems = problems

    @property
    def problems(self) -> TemplateError | None:
        """What is wrong with the template; the values it leaves are unknown."""
        found = self._problems.found
        return TemplateError(found) if found else None

    def answer(self, line: str) -> str:
        """What a line comes to, without the last newline. Raises TemplateError with a place in the line."""
        text = line.strip()
        match text:
            case "" | "exit":
                return ""
            case "help" | "?":
                return self._help
            case "variables":
                return self.listed()
        return self.evaluated(text)

    def goes_on(self, text: str) -> bool:
        """Whether a text breaks off."""
        return False

    @abstractmethod
    def evaluated(self, text: str) -> str:
        """What a text that is no word of the console comes to. Raises as `answer`."""

    @abstractmethod
    def listed(self) -> str:
        """All names with their values."""

    @abstractmethod
    def names(self, word: str) -> list[str]:
        """How a word that is being typed may go on: whole words, sorted."""
