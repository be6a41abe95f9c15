"""A look inside the machine of a build: the answers to what people ask (`bakehouse.engine.ports.Decision`)."""

from __future__ import annotations

import asyncio

from bakehouse.engine.ports import Commands, Decision
from bakehouse.errors import BakehouseError
from bakehouse.sdk import Machine


class Inside:
    """Answers questions about one build, each in a task of its own."""

    def __init__(self, group: asyncio.TaskGroup, commands: Commands, machine: Machine) -> None:
        self._group = group
        self._commands = commands
        self._machine = machine

    def ask(self, question: Decision) -> None:
        """Answer it, now or later, always."""
        self._group.create_task(self._answer(question))

    async def _answer(self, question: Decision) -> None:
        try:
            if question.verb == "details":
                self._commands.reply(question.number, {"facts": dict(self._machine.facts)})
            else:
                raise BakehouseError("There is nothing to compare.")
        except BakehouseError as error:
            self._commands.reply(question.number, {}, str(error))
