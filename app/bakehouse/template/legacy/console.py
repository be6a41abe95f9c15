"""Rendering `{{ }}` texts by hand, with the user variables of a legacy template. Source of the words: Packer's
`console` in its JSON mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template.asking import Answers
from bakehouse.template.legacy.rendering import rendered
from bakehouse.template.legacy.substitute import Known, substitute
from bakehouse.template.printing import quote
from bakehouse.template.problems import Problems
from bakehouse.template.syntax.tree import Range, SourceFile

HELP = """Type a text; it is printed with what stands in {{ }} done: {{user `NAME`}} is a
variable, {{timestamp}} the time. For expressions of HCL start with a *.pkr.hcl
template, or with -config-type=hcl2.

  variables   all user variables with their values
  help, ?     this
  exit        the end, as Ctrl-D"""
WORDS = ("exit", "help", "user", "variables")


class LegacyConsole(Answers):
    """users: the values of the variables; an unknown one is empty, as in a build. words: constants, `template_dir`.

    problems: what is wrong with the template, and the secrets that no answer shows.
    """

    def __init__(self, users: Mapping[str, str], words: Mapping[str, str], problems: Problems) -> None:
        super().__init__(HELP, problems)
        self._known = Known(users, words)

    def evaluated(self, text: str) -> str:
        """The text with its actions done."""
        try:
            return self._problems.mask(rendered(substitute(text, self._known).text))
        except TemplateError as error:
            raise TemplateError([_placed(each, text) for each in error.diagnostics]) from None

    def listed(self) -> str:
        """All user variables."""
        return "\n".join(f"{name}: {quote(self._problems.mask(self._known.users[name]))}" for name in self._names)

    def names(self, word: str) -> list[str]:
        """How a word that is being typed may go on."""
        return sorted(name for name in (*WORDS, *self._names) if name.startswith(word))

    @property
    def _names(self) -> list[str]:
        return sorted(self._known.users)


def _placed(diagnostic: Diagnostic, text: str) -> Diagnostic:
    if diagnostic.location is not None:
        return diagnostic
    place = Range(SourceFile("<console-input>", text), 0, len(text), 1, 1, 1, len(text) + 1)
    return replace(diagnostic, location=place.location, source=text)
