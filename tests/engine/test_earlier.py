"""Edits of what a paused build has behind it, and the roll back that is offered for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from bakehouse.errors import CommandFailed, Diagnostic, Refused
from bakehouse.record.commands import Command
from bakehouse.sdk import Machine
from bakehouse.template.plan import Plan, Request, StepPlan
from support.kitchen import Cook, Kitchen, act, cellar, options, plan, play

KEY = "build/provisioner:act.{}#1"


class Recipe:
    """A template whose steps, by name, and their text stand in a file; the step `burn` fails until it is mended."""

    def __init__(self, kitchen: Kitchen, folder: Path, steps: str) -> None:
        self.file = folder / "recipe"
        self.write(steps)
        self.base = "stone"
        self.mended = False

        @kitchen.act("burn")
        async def burn(machine: Machine) -> None:
            if not self.mended:
                raise CommandFailed("exit status 7", exit_status=7)

    def write(self, steps: str) -> None:
        self.file.write_text(steps)

    def compile(self, request: Request, revision: int = 1) -> tuple[Plan, list[Diagnostic]]:
        text = self.file.read_text()
        steps: list[StepPlan] = []
        for number, word in enumerate(text.split(), 2):
            name, _, said = word.partition("=")
            steps.append(act(name, number=number, options=options(text=said)))
        made = plan(cellar(*steps, base=self.base), files={str(self.file): text.encode()})
        return msgspec.structs.replace(made, revision=revision), []

    def cook(self, **chosen: Any) -> Cook:
        made, _ = self.compile(Request("t", "/"))
        chosen = {"on_error": "pause", "hold": 60.0, "checkpoints": "each", **chosen}
        return Cook(made, cwd=str(self.file.parent), recompile=self.compile, **chosen)


@pytest.mark.parametrize(
    ("edited", "earlier", "log"),
    [
        ("mix=1 rise=2 burn", ("rise", 3, 3, "changed"), ["rise=2", "burn"]),
        ("mix=1 sift rise=1 burn", ("sift", 3, 3, "new 3 sift"), ["sift", "rise=1", "burn"]),
        ("sift mix=1 rise=1 burn", ("sift", 2, 2, "new 2 sift"), ["sift", "mix=1", "rise=1", "burn"]),
        ("rise=1 burn", ("rise", 2, 2, "removed 2 mix"), ["rise=1", "burn"]),
        ("mix=1 burn", ("burn", 3, 3, "removed 3 rise"), ["burn"]),
        ("burn", ("burn", 2, 2, "removed 2 mix"), ["burn"]),
        ("mix=1 raise=1 burn", ("raise", 3, 3, "new 3 raise"), ["raise=1", "burn"]),
    ],
)
async def test_a_change_behind_the_pause_is_told_and_can_be_rolled_back_to(
    kitchen: Kitchen, tmp_path: Path, edited: str, earlier: tuple[str, int, int, str], log: list[str]
) -> None:
    recipe = Recipe(kitchen, tmp_path, "mix=1 rise=1 burn")
    name, number, at, said = earlier

    async def told(cook: Cook) -> None:
        await cook.paused()
        recipe.write(edited)
        recipe.mended = True
        changes = await cook.run.changes()
        [seen] = changes.earlier.values()
        assert (seen.step, seen.number, seen.title, seen.possible) == (KEY.format(name), number, name, True)
        assert " ".join([seen.change, seen.gone, *(seen.new if seen.change == "new" else ())]).split() == said.split()
        assert (seen.at, seen.stale) == (at, edited not in ("mix=1 sift rise=1 burn", "sift mix=1 rise=1 burn"))
        assert seen.until == 2 + edited.split().index("burn")
        assert cook.build().checkpoints[seen.checkpoint]
        del kitchen.log[:]
        await cook.send("edit-retry", to=KEY.format(name))

    cook = recipe.cook()
    assert await play(cook, told) == 0
    assert [line for line in kitchen.log if not line.startswith("restored")] == log
    assert not cook.build().tainted


async def test_a_change_at_the_pause_or_after_it_needs_no_roll_back(kitchen: Kitchen, tmp_path: Path) -> None:
    recipe = Recipe(kitchen, tmp_path, "mix burn")

    async def told(cook: Cook) -> None:
        await cook.paused()
        for edited in ("mix burn=2", "mix burn eat", "mix sift burn"):
            recipe.write(edited)
            earlier = (await cook.run.changes()).earlier.get("001-web")
            assert (earlier and (earlier.change, earlier.new)) == (("new", ["3 sift"]) if "sift" in edited else None)
        recipe.mended = True
        await cook.send("edit-retry")

    cook = recipe.cook()
    assert await play(cook, told) == 0
    assert kitchen.log == ["mix", "burn", "sift", "burn"]


async def test_what_was_accepted_without_a_roll_back_is_still_told(kitchen: Kitchen, tmp_path: Path) -> None:
    recipe = Recipe(kitchen, tmp_path, "mix=1 burn")

    async def told(cook: Cook) -> None:
        pause = await cook.paused()
        recipe.write("mix=2 burn")
        refusal = await cook.refused("edit-retry")
        assert (refusal.code, str(refusal)) == (
            "earlier",
            "Step 2 mix has changed since it ran. "
            "Roll back first (edit-retry 2), or take the machine as it is (--as-is)?",
        )
        assert cook.state.revision == 1
        done = await cook.run.command(Command(1, "edit-retry", "001-web", cook.build().expects, {"as_is": True}))
        assert (done.data["revision"], done.data["changed"]) == (2, ["recipe"])
        assert done.data["earlier"]["step"] == KEY.format("mix")
        await cook.paused_anew(pause.since)
        recipe.write("mix=2 burn=3")
        assert list((await cook.run.changes()).earlier) == ["001-web"]  # mix=2 never ran
        recipe.mended = True
        await cook.send("edit-retry", to="mix")

    assert await play(recipe.cook(), told) == 0
    assert kitchen.log == ["mix=1", "burn", "burn", "restored start", "mix=2", "burn=3"]


async def test_a_step_that_comes_back_after_a_roll_back_is_new_and_is_run(kitchen: Kitchen, tmp_path: Path) -> None:
    recipe = Recipe(kitchen, tmp_path, "mix rise burn")

    async def told(cook: Cook) -> None:
        first = await cook.paused()
        recipe.write("rise burn")
        await cook.send("edit-retry", to="rise")
        second = await cook.paused_anew(first.since)
        assert second.span > first.span
        recipe.write("mix rise burn")
        [seen] = (await cook.run.changes()).earlier.values()
        assert (seen.change, seen.new, seen.stale) == ("new", ["2 mix"], False)
        recipe.mended = True
        del kitchen.log[:]
        await cook.send("edit-retry")

    assert await play(recipe.cook(), told) == 0
    assert kitchen.log == ["mix", "burn"]


async def test_a_revision_that_one_build_takes_is_a_change_for_the_others(kitchen: Kitchen, tmp_path: Path) -> None:
    """What they ran is what counts, not what is in force."""
    recipe = Recipe(kitchen, tmp_path, "mix=1 burn=1")
    one = recipe.compile

    def two(request: Request, revision: int = 1) -> tuple[Plan, list[Diagnostic]]:
        made, _ = one(request, revision)
        [web] = made.builds
        db = msgspec.structs.replace(web, key="002-db", ordinal=2, name="cellar.db")
        return msgspec.structs.replace(made, builds=[web, db]), []

    recipe.compile = two  # type: ignore[method-assign]

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.paused("002-db")
        recipe.write("mix=2 burn=2")
        recipe.mended = True
        await cook.send("edit-retry", to="mix")
        await cook.until(lambda state: state.builds["001-web"].ended > 0)
        assert not (await cook.run.changes()).files
        changes = await cook.run.changes("002-db")
        assert ([file.path for file in changes.files], changes.revised) == (["recipe"], True)
        assert changes.earlier["002-db"].title == "mix"
        assert (await cook.refused("retry", "002-db")).code == "changed"
        refusal = await cook.refused("retry", "002-db", changed=False)
        assert str(refusal).startswith("Revision 2 has been taken for every build since this one ran")
        await cook.send("rollback-retry", "002-db", to="mix", changed=True)

    assert await play(recipe.cook(), told) == 0
    assert kitchen.log[-3:] == ["restored start", "mix=2", "burn=2"]


async def test_a_change_of_the_machine_itself_cannot_be_rolled_back_to(kitchen: Kitchen, tmp_path: Path) -> None:
    recipe = Recipe(kitchen, tmp_path, "mix burn")

    async def told(cook: Cook) -> None:
        await cook.paused()
        recipe.base = "brick"
        recipe.write("mix  burn")
        [dig] = (await cook.run.changes()).earlier.values()
        assert (dig.step, dig.possible, dig.checkpoint, dig.change) == ("build/machine:dig#1", False, 0, "changed")
        refusal = await cook.refused("edit-retry", to="Dig")
        assert str(refusal) == "There is no checkpoint at or before Step 1 Dig to roll back to."
        assert (cook.state.revision, cook.build().status) == (1, "paused")
        await cook.send("cancel")

    assert await play(recipe.cook(), told) == 1


async def test_a_roll_back_says_what_cannot_be(kitchen: Kitchen, tmp_path: Path) -> None:
    recipe = Recipe(kitchen, tmp_path, "mix burn eat")

    async def told(cook: Cook) -> None:
        failed = await cook.paused()
        said = {to: str(await cook.refused("rollback", to=to)) for to in ("eat", "bun", "Dig")}
        assert said["eat"] == "Step 4 eat comes after the step at which the build is paused."
        assert said["bun"].startswith('There is no step "bun". Steps: 1 Dig, 2 mix, 3 burn, 4 eat')
        assert said["Dig"] == "There is no checkpoint at or before Step 1 Dig to roll back to."
        recipe.write("mix burn eat ")
        assert (await cook.refused("rollback-retry")).code == "changed"
        with pytest.raises(Refused, match="moved on"):
            stale = msgspec.structs.replace(cook.build().expects, pause=1)
            await cook.run.command(Command(1, "rollback", "001-web", stale))
        recipe.mended = True
        await cook.send("rollback", to="mix")
        pause = await cook.paused_anew(failed.since)
        assert (pause.step, pause.place, pause.reason) == (KEY.format("mix"), "before", "rollback")
        await cook.send("continue")

    cook = recipe.cook()
    assert await play(cook, told) == 0
    assert kitchen.log == ["mix", "burn", "restored start", "mix", "burn", "eat"]
