"""What goes out when a key is pressed, and every dialog between."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import structs
from textual._xterm_parser import XTermParser
from textual.events import Paste

from bakehouse.dashboard.app import DashboardApp
from bakehouse.dashboard.commands import BY_NAME
from bakehouse.dashboard.pause import editing
from bakehouse.dashboard.screens.help import SHORT
from bakehouse.errors import Refused
from bakehouse.record import events
from bakehouse.record.commands import VERBS, Expects
from bakehouse.session.protocol import Changes, Earlier, FileChange
from support.dashboard import opened, text, until, whole
from support.scenes import DIFF, DOCKER, LXD, QEMU, Scene, paused, running, start_time

SEEN = Expects(4, "paused", start_time() + 117 * events.NANOSECONDS)


@pytest.fixture
def steps_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under Pilot there is no terminal to give away."""

    @contextmanager
    def suspend(_: DashboardApp) -> Iterator[None]:
        yield

    monkeypatch.setattr(DashboardApp, "suspend", suspend)


def editor(directory: Path, body: str) -> str:
    """A small program to be $EDITOR."""
    path = directory / "editor"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def script(directory: Path) -> Path:
    path = directory / "scripts" / "setup.sh"
    path.parent.mkdir(exist_ok=True)
    path.write_text("apt-get install -y nginx-lite\n")
    return path


@pytest.mark.parametrize(("key", "verb"), [("c", "continue"), ("n", "next"), ("r", "retry"), ("s", "skip")])
@pytest.mark.parametrize("panel", ["Steps", "Log", "Builds"])
async def test_a_verb_goes_out_once_with_what_was_seen(tmp_path: Path, key: str, verb: str, panel: str) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        app.main.show_panel(panel)
        await pilot.press(key)
        await until(pilot, lambda: scene.session.sent)
        sent = scene.session.sent
        assert [(s.verb, s.build, s.expects, s.arguments) for s in sent] == [(verb, DOCKER, SEEN, {})]


async def test_enter_does_nothing_to_a_paused_build(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (120, 40)) as (_, pilot):
        await pilot.press("enter", "tab", "enter", "tab", "enter", "space")
        assert scene.session.sent == []


async def test_letters_of_verbs_do_nothing_to_a_running_build(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (_, pilot):
        await pilot.press("c", "r", "s", "e", "!", "H")
        assert scene.session.sent == []


async def test_a_refusal_is_said_in_the_footer(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.refusal = Refused("web.docker.debian has moved on since.", code="stale")
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "has moved on since" in text(app)[39])
        await pilot.press("z")
        assert "has moved on since" not in text(app)[39]


async def test_the_last_step_has_no_next(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.tell(events.BuildResumed("continue"), DOCKER)
    span = scene.begin(DOCKER, 9)
    scene.pause(DOCKER, span, 9)
    async with opened(scene, (120, 40)) as (app, pilot):
        assert "this is the last step" in whole(app)
        await pilot.press("n")
        assert scene.session.sent == []


async def test_hold_longer(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("H")
        await until(pilot, lambda: scene.session.sent)
        assert scene.session.sent[0].arguments == {"seconds": 900}
        scene.session.tell(events.HoldChanged(scene.session.clock() + 3600 * events.NANOSECONDS), DOCKER)
        await until(pilot, lambda: "machine kept 1:00:00 more" in text(app)[2])


async def test_cancel_asks_and_stands_on_go_back(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("A")
        await until(pilot, lambda: "Cancel web.docker.debian?" in whole(app))
        assert "container a41f09c2e7d1" in whole(app)
        await pilot.press("enter")
        await until(pilot, lambda: not app.covered)
        assert scene.session.sent == []
        await pilot.press("A", "down", "enter", "K")
        await until(pilot, lambda: scene.session.sent)
        assert scene.session.sent[0].verb == "cancel" and scene.session.sent[0].arguments == {"keep": True}


async def test_cancel_of_a_running_build(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (_, pilot):
        await pilot.press("shift+tab", "A", "C")
        await until(pilot, lambda: scene.session.sent)
        assert scene.session.sent[0].arguments == {"keep": False}
        assert scene.session.sent[0].expects == Expects(0, "running")


async def test_the_notice_stands_under_the_files_and_above_them_where_it_would_be_cut(tmp_path: Path) -> None:
    for lines, first in ((3, "scripts/setup.sh"), (60, "An earlier step has changed too.")):
        scene = paused(tmp_path / str(lines))
        long = DIFF.replace("@@ -9,6 +9,8 @@", f"@@ -9,6 +9,{8 + lines} @@") + "+echo more\n" * lines
        earlier = Earlier(scene.infos[DOCKER].steps[2].key, 3, "update-packages")
        scene.session.on_disk = Changes(0, [FileChange("scripts/setup.sh", long)], earlier={DOCKER: earlier})
        scene.session.refusal = Refused("Changed since it ran", code="changed")
        async with opened(scene, (120, 40)) as (app, pilot):
            await pilot.press("r")
            await until(pilot, lambda: "An earlier step has changed too." in whole(app))
            both = sorted(("scripts/setup.sh", "An earlier step has changed too."), key=whole(app).index)
            assert both[0] == first


@pytest.mark.parametrize(("size", "second", "place"), [((120, 40), 64, "before"), ((80, 24), 40, "after")])
async def test_columns_of_verbs_never_touch(tmp_path: Path, size: tuple[int, int], second: int, place: str) -> None:
    scene = paused(tmp_path)
    build = scene.infos[DOCKER]
    exactly = [structs.replace(step, script="scripts/ab-cd-e.sh") if step.number == 4 else step for step in build.steps]
    scene.session.tell(events.PlanRevised(2, [structs.replace(build, steps=exactly)]))
    body = events.BuildPaused(build.steps[3].key, "failure" if place == "after" else "breakpoint", place=place)
    scene.session.tell(body, DOCKER, 4)
    async with opened(scene, size) as (app, _):
        rows = text(app)[size[1] - 7 : size[1] - 1]
        assert all(row[second - 1] == " " and row[second + 1] in "!duiHA" for row in rows), rows


@pytest.mark.parametrize(("key", "changed"), [("r", True), ("o", False)])
async def test_retry_of_changed_files_asks(tmp_path: Path, key: str, changed: bool) -> None:
    scene = paused(tmp_path)
    earlier = Earlier(scene.infos[DOCKER].steps[2].key, 3, "update-packages")
    files = [FileChange("scripts/setup.sh", DIFF), FileChange("scripts/packages.sh", DIFF)]
    scene.session.on_disk = Changes(0, files, earlier={DOCKER: earlier})
    scene.session.refusal = Refused("Changed since it ran", code="changed")
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: "Run it?" in whole(app) and "used by 4 install-nginx" in whole(app))
        assert "An earlier step has changed too." in whole(app)
        assert "12     - apt-get install -y nginx-lite curl" in whole(app)
        await pilot.press("enter", key)
        await until(pilot, lambda: len(scene.session.sent) == 2)
        assert scene.session.sent[1].arguments == {"changed": changed}
        assert scene.session.sent[1].expects == SEEN
        assert "What next?" in whole(app)


async def test_edit_and_retry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps_aside: None) -> None:
    scene, path = paused(tmp_path), script(tmp_path)
    scene.session.on_disk = Changes(0, [FileChange(str(path), DIFF)])
    monkeypatch.setenv("EDITOR", editor(tmp_path, 'sed -i s/lite/light/ "$1"'))
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("e")
        await until(pilot, lambda: "Edit and retry" in whole(app))
        assert path.read_text() == "apt-get install -y nginx-light\n"
        assert scene.session.sent == []
        await pilot.press("escape")
        await until(pilot, lambda: "What next?" in whole(app))
        await pilot.press("e")
        await until(pilot, lambda: "Run it?" in whole(app))
        await pilot.press("r")
        await until(pilot, lambda: scene.session.sent)
        assert [(s.verb, s.expects) for s in scene.session.sent] == [("edit-retry", SEEN)]


@pytest.mark.parametrize(("size", "beside"), [((120, 40), True), ((80, 24), False)])
async def test_answers_that_run_nothing_stand_beside_those_that_do(
    tmp_path: Path, size: tuple[int, int], beside: bool
) -> None:
    scene = paused(tmp_path)
    scene.session.on_disk = Changes(0, [FileChange("scripts/setup.sh", DIFF)])
    scene.session.refusal = Refused("Changed since it ran", code="changed")
    async with opened(scene, size) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: "Run it?" in whole(app))
        row = next(line for line in text(app) if " retry 4 " in line)
        assert "  with the change  " in row
        assert ("copy this diff" in row) == beside and "copy this diff" in whole(app)
        sent = len(scene.session.sent)
        await pilot.press("y")
        assert app.clipboard == DIFF.rstrip("\n") + "\n"
        await pilot.press("enter", "space")
        assert "Run it?" in whole(app) and len(scene.session.sent) == sent


@pytest.mark.parametrize("opens", ["", "A", "ctrl+c", "ctrl+q", "?", "u", "i"])
async def test_pasted_text_presses_no_keys(tmp_path: Path, opens: str) -> None:
    """A terminal says where a paste begins and ends; what is in it is text, whatever stands above."""
    scene = paused(tmp_path)
    scene.saved(DOCKER, 4, 1)
    async with opened(scene, (120, 40)) as (app, pilot):
        if opens:
            await pilot.press(opens)
            await pilot.pause()
        sent = len(scene.session.sent)
        before = whole(app)
        for event in XTermParser().feed("\x1b[200~CKUdrRcnsH!A\ry\n\x1b[201~"):
            assert isinstance(event, Paste)
            app.post_message(event)
        await pilot.pause()
        assert len(scene.session.sent) == sent and app.is_running
        assert whole(app) == before


async def test_text_pasted_into_the_palette_is_typed_and_not_done(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press(":")
        app.post_message(Paste("skip\nskip\n"))
        await until(pilot, lambda: ": skip" in whole(app))
        assert scene.session.sent == []


@pytest.mark.parametrize(
    ("problem", "title"),
    [
        ("web.pkr.hcl:41,12: expected a closing brace.", "The template does not parse"),
        ('Unknown option "inlin"\n  web.pkr.hcl:7,5', "The template has a mistake"),
    ],
)
async def test_an_edit_that_does_not_compile_cannot_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps_aside: None, problem: str, title: str
) -> None:
    scene, path = paused(tmp_path), script(tmp_path)
    scene.session.on_disk = Changes(0, [FileChange(str(path))], problem)
    monkeypatch.setenv("EDITOR", "true")
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("e")
        await until(pilot, lambda: problem.splitlines()[0] in whole(app))
        assert title in whole(app) and "scripts/setup.sh" in whole(app)
        assert not any(text in whole(app) for text in ("too large or not text", "+0", "Nothing has changed on disk"))
        assert "Nothing has changed; the build stays paused." in whole(app)
        await pilot.press("r", "enter")
        assert scene.session.sent == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("no-such-editor", "$EDITOR names no-such-editor, which is not there"),
        ("false", "false ended with status 1; the build stays paused."),
        ("'", "which is no command"),
        ("true", "setup.sh is as it was"),
    ],
)
async def test_an_editor_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps_aside: None, value: str, said: str
) -> None:
    scene = paused(tmp_path)
    script(tmp_path)
    monkeypatch.setenv("EDITOR", value)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("e")
        await until(pilot, lambda: said in text(app)[39])
        assert "What next?" in whole(app) and scene.session.sent == []


async def test_no_editor_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps_aside: None) -> None:
    scene = paused(tmp_path)
    script(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("e")
        await until(pilot, lambda: "No editor: $VISUAL and $EDITOR are not set" in text(app)[39])


async def test_a_template_from_standard_input_has_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "true")
    with pytest.raises(editing.CannotEdit, match="standard input"):
        await editing.edit(None, Path("/anywhere/<stdin>"), 3, "/")  # type: ignore[arg-type]  # it never steps aside


async def test_a_script_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps_aside: None) -> None:
    monkeypatch.setenv("EDITOR", "true")
    async with opened(paused(tmp_path), (120, 40)) as (app, pilot):
        await pilot.press("e")
        await until(pilot, lambda: "setup.sh is not there." in text(app)[39])


async def test_somebody_else_answered_while_the_diff_was_open(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.on_disk = Changes(0, [FileChange("scripts/setup.sh", DIFF)])
    scene.session.refusal = Refused("Changed", code="changed")
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: "Run it?" in whole(app))
        scene.session.tell(events.BuildResumed("skip", "mara"), DOCKER)
        scene.begin(DOCKER, 5)
        await until(pilot, lambda: "Run it?" not in whole(app))
        assert not app.main.review.active
        assert "copy-site" in text(app)[2]


async def test_a_breakpoint_shows_its_note(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.tell(events.BuildResumed("continue"), DOCKER)
    span = scene.begin(DOCKER, 5)
    scene.end(DOCKER, span)
    step = scene.infos[DOCKER].steps[4]
    scene.session.tell(events.BuildPaused(step.key, "breakpoint", 1, note="look at the users"), DOCKER, span)
    async with opened(scene, (120, 40)) as (app, pilot):
        assert "look at the users" in whole(app)
        assert "Reached 5 copy-site. The other builds go on." in whole(app)
        assert "this step is done" in whole(app)
        assert "it is kept without limit" in whole(app)


@pytest.mark.parametrize(("width", "waits"), [(120, "waits 14:50 more"), (60, "waits 14:50")])
async def test_a_machine_step_that_failed_leaves_only_what_can_work(tmp_path: Path, width: int, waits: str) -> None:
    scene = Scene(tmp_path)
    scene.start(DOCKER)
    scene.pause(DOCKER, scene.begin(DOCKER, 1), 1)
    scene.at(10)
    async with opened(scene, (width, 40)) as (app, pilot):
        reason = "step 1 made no machine" if width == 120 else "no machine"
        assert whole(app).count(reason) == (3 if width == 120 else 7)
        assert waits in whole(app) and "kept" not in whole(app) and "tier root" not in whole(app)
        await pilot.press("c", "n", "s", "!")
        assert scene.session.sent == []
        if width == 120:
            assert "shell: there is no machine yet" in text(app)[39]
            assert "run Pull image again" in whole(app) and "machine as it is" not in whole(app)
        await pilot.press("r")
        await until(pilot, lambda: scene.session.sent)


@pytest.mark.parametrize("status", ["", "paused", "ended", "both"])
async def test_what_the_other_builds_do_is_what_they_do(tmp_path: Path, status: str) -> None:
    scene = Scene(tmp_path, builds=3)
    for key in (DOCKER, LXD, QEMU):
        scene.start(key)
    for key in (DOCKER, *([LXD, QEMU] if status == "paused" else [LXD] if status == "both" else [])):
        scene.pause(key, scene.begin(key, 3), 3)
    if status == "ended":
        scene.session.tell(events.BuildFinished("failed"), LXD)
        scene.session.tell(events.BuildFinished("succeeded"), QEMU)
    said = {
        "": "The other builds go on.",
        "paused": "The others are paused too.",
        "ended": "",
        "both": "1 other build goes on.",
    }[status]
    async with opened(scene, (120, 40)) as (app, pilot):
        where = next(row for row in text(app) if ", attempt 1." in row)
        assert where.partition("attempt 1.")[2].strip() == said
        await pilot.press("A")
        await until(pilot, lambda: f"{said} Both need their capital letter.".strip() in whole(app))
        assert said or "other" not in whole(app).partition("Cancel web")[2].partition("Both need")[0]


async def test_palette_has_every_verb_by_its_name_and_runs_it(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press(":", *"ret")
        await until(pilot, lambda: "bakehouse ctl 7f3 web.docker.debian retry" in whole(app))
        assert "here, paused at 4 install-nginx" in whole(app)
        await pilot.press("enter")
        await until(pilot, lambda: scene.session.sent)
        assert scene.session.sent[0].verb == "retry"


async def test_palette_without_a_match(tmp_path: Path) -> None:
    async with opened(paused(tmp_path), (120, 40)) as (app, pilot):
        await pilot.press("ctrl+p", *"xyz")
        await until(pilot, lambda: "No command has xyz in it" in whole(app))
        await pilot.press("backspace", "ctrl+u", "enter")
        assert app.covered
        await pilot.press(*"follow", "enter")
        await until(pilot, lambda: not app.covered)


async def test_enter_does_nothing_in_a_palette_where_nothing_is_typed(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press(":", "enter")
        assert app.covered
        assert scene.session.sent == []
        await pilot.press("down", "enter")
        await until(pilot, lambda: [sent.verb for sent in scene.session.sent] == ["continue"])


@pytest.mark.parametrize("keys", [[], ["f"], ["escape"], ["down", "backspace"]])
async def test_escape_closes_the_palette_and_nothing_else(tmp_path: Path, keys: list[str]) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press(":", *keys, "escape")
        await until(pilot, lambda: not app.covered)
        await pilot.press("?")
        await until(pilot, lambda: "Keys in " in whole(app))
        assert scene.session.sent == []


async def test_palette_preselects_nothing_that_ends_something(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press(":")
        await until(pilot, lambda: "from another terminal" not in whole(app) and "anywhere" in whole(app))
        await pilot.press("up", "enter")
        await until(pilot, lambda: not app.covered)
        assert scene.session.sent == []


@pytest.mark.parametrize("name", ["stop", "stop-keep", "stop-after-step"])
@pytest.mark.parametrize("scene_of", [running, paused])
async def test_palette_stops_the_run_only_through_its_dialog(
    tmp_path: Path, name: str, scene_of: Callable[[Path], Scene]
) -> None:
    scene = scene_of(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press(":", *name)
        await until(pilot, lambda: f"bakehouse ctl 7f3 {name}" in whole(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Stop run 7f3?" in whole(app))
        await pilot.press("enter")
        await until(pilot, lambda: not app.covered)
        assert scene.session.sent == []


async def test_palette_cancels_only_through_its_dialog(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press(":", *"cancel", "enter")
        await until(pilot, lambda: "Cancel web.docker.debian?" in whole(app))
        await pilot.press("C")
        await until(pilot, lambda: scene.session.sent)
        assert scene.session.sent[0].verb == "cancel"


async def test_help_of_each_panel(tmp_path: Path) -> None:
    async with opened(paused(tmp_path), (120, 40)) as (app, pilot):
        await pilot.press("?")
        await until(pilot, lambda: "Keys in Steps" in whole(app))
        assert "While it is paused" in whole(app) and "▮▮ paused" in whole(app)
        await pilot.press("?")
        await until(pilot, lambda: "Keys in Log" in whole(app))
        assert "wrap long lines" in whole(app)
        await pilot.press("escape")
        await until(pilot, lambda: not app.covered)


@pytest.mark.parametrize("width", [80, 64, 120])
async def test_choices_of_the_dialogs_are_not_cut(tmp_path: Path, width: int) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (width, 30)) as (app, pilot):
        for opening, answer in (("A", "Cancel and keep"), ("ctrl+c", "Stop and keep"), ("ctrl+q", "Leave running")):
            await pilot.press(opening)
            await until(pilot, lambda answer=answer: answer in whole(app))
            assert not any("…" in row for row in text(app) if row.rstrip(" │").endswith((" d", " s", " C", " K")))
            await pilot.press("escape")
            await until(pilot, lambda: not app.covered)


async def test_stop_dialog_counts_no_steps_where_none_runs(tmp_path: Path) -> None:
    scene = Scene(tmp_path, builds=1)
    scene.start(DOCKER)
    scene.pause(DOCKER, scene.begin(DOCKER, 3), 3)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "no step runs now: clean up at once" in whole(app))


async def test_at_a_breakpoint_the_verbs_say_what_fits_one(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.tell(events.BuildResumed("continue"), DOCKER)
    step = scene.infos[DOCKER].steps[4] = events.StepInfo("stop", 5, "breakpoint", "provisioner", "breakpoint")
    scene.session.tell(events.PlanRevised(2, list(scene.infos.values())))
    span = scene.begin(DOCKER, 5)
    scene.end(DOCKER, span)
    scene.session.tell(events.BuildPaused(step.key, "breakpoint", 1), DOCKER, span)
    async with opened(scene, (120, 40)) as (app, pilot):
        assert "go on, run 6 to 9" in whole(app) and "run 6, stop again" in whole(app)
        assert "as it is" not in whole(app) and "run breakpoint" not in whole(app)
        await pilot.press("r")
        assert "retry: a breakpoint runs nothing" in text(app)[39] and scene.session.sent == []


async def test_a_notice_that_does_not_fit_loses_its_last_sentence(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (80, 24)) as (app, pilot):
        scene.session.finish(1)
        await until(pilot, lambda: "The run ended at " in text(app)[23])
        assert "done, 4 failed." in text(app)[23] and "…" not in text(app)[23]


def test_no_text_of_the_help_is_cut() -> None:
    named = [verb for verb in VERBS.values() if verb.scope == "build" and verb.key and verb.name not in BY_NAME]
    texts = [SHORT.get(verb.name, verb.summary) for verb in named]
    texts += [action.help for action in BY_NAME.values() if action.shown]
    assert [text for text in texts if len(text) > 33] == []
