"""Roll back, breakpoints, the inbox, files, details, a command: what is shown, and what goes out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from textual.events import Key

from bakehouse.dashboard.inside import differences
from bakehouse.errors import Refused
from bakehouse.record import events
from bakehouse.session.protocol import Changes, Earlier, FileChange
from support.dashboard import arguments, key_of, opened, text, until, whole
from support.scenes import DIFF, DOCKER, LXD, QEMU, Scene, paused, running
from support.session import START, Sent

FILES: list[dict[str, Any]] = [
    {"path": "/etc/passwd", "change": "changed", "kind": "file", "size": 1020, "before": 972, "mode": 0o100644,
     "owner": "0:0"},
    {"path": "/etc/motd", "change": "removed", "kind": "file", "size": 0, "before": 286, "mode": 0o100644,
     "owner": "0:0"},
    {"path": "/root/.netrc", "change": "added", "kind": "file", "size": 62, "before": 0, "mode": 0o100600,
     "owner": "0:0"},
    {"path": "/usr/bin/fusermount3", "change": "added", "kind": "file", "size": 200_000, "before": 0,
     "mode": 0o104755, "owner": "0:0"},
    {"path": "/usr/lib", "change": "changed", "kind": "directory", "size": 0, "before": 0, "mode": 0o40755,
     "owner": "0:0"},
    {"path": "/usr/lib/libx.so", "change": "added", "kind": "link", "size": 9, "before": 0, "mode": 0o120777,
     "owner": "0:0"},
    {"path": "/var/cache/apt/pkgcache.bin", "change": "added", "kind": "file", "size": 1_200_000, "before": 0,
     "mode": 0o100644, "owner": "0:0"},
]  # fmt: skip


# Roll back


async def test_roll_back_says_what_will_not_come_back_and_needs_its_capital(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 3, 1)
    scene.saved(DOCKER, 4, 2, "process 214 nginx", "tmpfs /run")
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("u")
        await until(pilot, lambda: "Roll back web.docker.debian?" in whole(app))
        assert "Will not come back: process 214" in whole(app) and "tmpfs /run." in whole(app)
        assert "before 4 install-nginx" in whole(app) and "41.2 MB" in whole(app)
        await pilot.press("enter", "u", "down")
        await until(pilot, lambda: "3 and 4 run again" in whole(app))
        assert "Will not come back: process" not in whole(app)
        await pilot.press("U")
        await until(pilot, lambda: scene.session.sent)
        assert arguments(scene) == [("rollback", {"to": key_of(scene, 3)})]


async def test_roll_back_and_retry_asks_only_where_something_is_lost(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 4, 1)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("R")
        await until(pilot, lambda: arguments(scene) == [("rollback-retry", {})])
        scene.saved(DOCKER, 4, 2, "process 9 sshd")
        await until(pilot, lambda: len(app.model.state.builds[DOCKER].checkpoints) == 2)
        await pilot.press("R")
        await until(pilot, lambda: "process 9 sshd" in whole(app))
        await pilot.press("enter", "R")
        await until(pilot, lambda: arguments(scene)[1:] == [("rollback-retry", {"to": key_of(scene, 4)})])


@pytest.mark.parametrize("key", ["R", "u"])
async def test_without_a_checkpoint_nothing_is_sent_and_the_reason_is_said(tmp_path: Path, key: str) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press(key)
        await until(pilot, lambda: "no checkpoints here" in text(app)[39])
        assert scene.session.sent == []


async def test_files_that_changed_are_asked_about_before_a_roll_back(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 4, 1)
    scene.session.on_disk = Changes(0, [FileChange("scripts/setup.sh", DIFF)])
    scene.session.refusal = Refused("Changed", code="changed")
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("R")
        await until(pilot, lambda: "Run it?" in whole(app))
        await pilot.press("o")
        await until(pilot, lambda: len(scene.session.sent) == 2)
        assert arguments(scene)[1] == ("rollback-retry", {"changed": False})


async def test_a_change_in_an_earlier_step_offers_to_roll_back_to_it(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 3, 1)
    scene.session.on_disk = Changes(
        0,
        [FileChange("scripts/setup.sh", DIFF), FileChange("scripts/packages.sh", DIFF)],
        earlier={DOCKER: Earlier(key_of(scene, 3), 3, "update-packages", True)},
    )
    scene.session.refusal = Refused("Changed", code="changed")
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: "An earlier step has changed too." in whole(app))
        assert "machine as before 3, run 3 and 4, ~1:19" in whole(app)
        assert "Step 3 update-packages ran as it was before." in whole(app)
        await pilot.press("R")
        await until(pilot, lambda: len(scene.session.sent) == 2)
        assert arguments(scene)[1] == ("edit-retry", {"to": key_of(scene, 3)})


async def test_an_earlier_change_without_a_checkpoint_is_only_said(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.on_disk = Changes(
        0, [FileChange("scripts/packages.sh", DIFF)], earlier={DOCKER: Earlier(key_of(scene, 3), 3, "update-packages")}
    )
    scene.session.refusal = Refused("Changed", code="changed")
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: "There is no checkpoint to roll back" in whole(app))
        await pilot.press("R")
        assert len(scene.session.sent) == 1


# Breakpoints


async def test_b_sets_and_clears_a_breakpoint_at_the_step_under_the_cursor(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        app.main.show_panel("Steps")
        await pilot.press("j", "j", "b")
        await until(pilot, lambda: arguments(scene) == [("break", {"break": f"before:{key_of(scene, 6)}"})])
        assert scene.session.sent[0].build == DOCKER
        scene.stop_at(7, "before", 6, DOCKER)
        await until(pilot, lambda: any(row.startswith("▌b ◌  6 harden-ssh") for row in text(app)))
        await pilot.press("b")
        await until(pilot, lambda: arguments(scene)[1:] == [("clear", {"breakpoint": 7})])
        await pilot.press("B")
        await until(pilot, lambda: arguments(scene)[2:] == [("break", {"break": f"after:{key_of(scene, 6)}"})])


async def test_one_that_stands_elsewhere_too_is_not_cleared_by_b(tmp_path: Path) -> None:
    scene = running(tmp_path)
    scene.stop_at(7, "before", 4, DOCKER, LXD)
    async with opened(scene, (120, 40)) as (app, pilot):
        app.main.show_panel("Steps")
        await pilot.press("b")
        await until(pilot, lambda: "stands here and elsewhere" in text(app)[39])
        assert scene.session.sent == []


async def test_the_list_counts_hits_and_clears(tmp_path: Path) -> None:
    scene = running(tmp_path)
    scene.stop_at(1, "before", 4, DOCKER)
    scene.session.tell(events.BreakpointSet(2, "exit!=0", "exit", "command line"))
    scene.session.tell(events.BreakpointHit(key_of(scene, 4), breakpoint=1), DOCKER)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press(":", *"breakpoints", "enter")
        await until(pilot, lambda: "before:install-nginx" in whole(app))
        assert "4 install-nginx in web.docker.debian" in whole(app) and "1 hit" in whole(app)
        scene.session.tell(events.BreakpointHit(key_of(scene, 4), breakpoint=1), DOCKER)
        await until(pilot, lambda: "2 hits" in whole(app))
        await pilot.press("down", "x")
        await until(pilot, lambda: arguments(scene) == [("clear", {"breakpoint": 2})])
        scene.session.tell(events.BreakpointCleared(2))
        await until(pilot, lambda: "exit!=0" not in whole(app))
        assert app.covered


async def test_break_with_words_in_the_palette(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press(":", *"break exit!=0")
        await until(pilot, lambda: "bakehouse ctl 7f3 web.docker.debian break exit!=0" in whole(app))
        await pilot.press("enter")
        await until(pilot, lambda: arguments(scene) == [("break", {"break": "exit!=0"})])


@pytest.mark.parametrize("way", [[*"break-at", "enter", *"before:setpu"], [*"break before:setpu"]])
async def test_a_breakpoint_that_is_refused_can_be_put_right_at_once(tmp_path: Path, way: list[str]) -> None:
    scene = running(tmp_path)
    scene.session.refusal = Refused('There is no step "setpu". Did you mean "setup"?')
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press(":", *way, "enter")
        await until(pilot, lambda: 'Did you mean "setup"?' in whole(app))
        assert app.covered and "> before:setpu" in whole(app)
        await pilot.press("backspace", "backspace", *"up", "enter")
        await until(pilot, lambda: not app.covered)
        assert [given["break"] for _, given in arguments(scene)] == ["before:setpu", "before:setup"]
        assert "Set before:setup" in text(app)[39]


async def test_paused_before_a_step_and_in_a_script(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    script = tmp_path / "scripts" / "setup.sh"
    script.parent.mkdir()
    script.write_text("set -eux\napt-get update -q\napt-get install -y nginx-lite curl\nsystemctl enable nginx\n")
    os.utime(script, ns=(START, START))
    scene.session.tell(events.BuildResumed("continue"), DOCKER)
    scene.stop_at(3, "before", 4, DOCKER)
    body = events.BuildPaused(key_of(scene, 4), "breakpoint", place="before", breakpoints=[3])
    scene.session.tell(events.BreakpointHit(key_of(scene, 4), breakpoint=3), DOCKER)
    scene.session.tell(body, DOCKER)
    async with opened(scene, (120, 40)) as (app, pilot):
        assert "paused before 4 install-nginx" in text(app)[2]
        assert "▮▮ 4 install-nginx" not in "".join(row[37:] for row in text(app)[12:32])
        assert "Breakpoint before:install-nginx, 1 hit." in whole(app)
        assert "4 install-nginx has not run yet." in whole(app)
        scene.session.tell(events.BuildResumed("next"), DOCKER)
        span = scene.begin(DOCKER, 4, attempt=2)
        command = "apt-get install -y nginx-lite curl"
        scene.session.tell(
            events.BuildPaused(key_of(scene, 4), "breakpoint", 2, place="line", line=3, command=command), DOCKER, span
        )
        await until(pilot, lambda: "paused in 4 install-nginx, line 3" in text(app)[2])
        assert "setup.sh stands before line 3, attempt 2." in whole(app)
        assert "▸  3  apt-get install -y nginx-lite curl" in whole(app)
        assert "    2  apt-get update -q" in whole(app) and "    4  systemctl enable nginx" in whole(app)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20), (200, 50)])
async def test_the_failing_line_of_the_script_is_shown(tmp_path: Path, size: tuple[int, int]) -> None:
    scene = paused(tmp_path)
    script = tmp_path / "scripts" / "setup.sh"
    script.parent.mkdir()
    script.write_text(
        "#\n" * 10 + "apt-get update -q\napt-get install -y nginx-lite curl\nsystemctl enable nginx\nrm x\n"
    )
    os.utime(script, ns=(START, START))
    scene.command(DOCKER, 4, 12, "apt-get install -y nginx-lite curl", "failed", 3)
    async with opened(scene, size) as (app, _):
        assert "▸ 12  apt-get install -y nginx-lite curl" in whole(app)
        assert "setup.sh line 12 exited 100" in whole(app)
        assert "   11  apt-get update -q" in whole(app)
        band = next(y for y, row in enumerate(text(app)) if "paused at 4" in row and y > 1)
        assert size[1] == 24 or not text(app)[band + 1][37:].strip()  # air, as in the picture


# The inbox


def at_the_same_error(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path, builds=3)
    for second, key in enumerate((LXD, DOCKER, QEMU)):
        scene.at(10 * second)
        scene.start(key)
        span = scene.begin(key, 4)
        scene.session.complain(key, span, "E: Unable to locate package nginx-lite\n" if key != QEMU else "no space\n")
        scene.pause(key, span, 4)
    return scene


async def test_retry_all_names_the_builds_at_the_same_error(tmp_path: Path) -> None:
    scene = at_the_same_error(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await until(pilot, lambda: "The same error in 2 builds: a retries them all" in text(app)[3])
        await pilot.press("a")
        await until(pilot, lambda: "Retry 2 builds?" in whole(app))
        await pilot.press("enter")
        await until(pilot, lambda: not app.covered)
        assert scene.session.sent == []
        await pilot.press("a", "r")
        await until(pilot, lambda: len(scene.session.sent) == 2)
        assert {(sent.verb, sent.build) for sent in scene.session.sent} == {("retry", DOCKER), ("retry", LXD)}
        assert all(sent.expects is not None and sent.expects.pause for sent in scene.session.sent)
        await until(pilot, lambda: "2 of 2 builds are retried." in text(app)[39])


async def test_the_inbox_goes_round_from_the_longest_waiting(tmp_path: Path) -> None:
    scene = at_the_same_error(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        assert "▮▮ 3 need you" in text(app)[0]
        seen = [app.model.selected]
        for _ in range(3):
            await pilot.press("p")
            seen.append(app.model.selected)
        assert seen == [LXD, DOCKER, QEMU, LXD]


async def test_another_error_is_not_offered(tmp_path: Path) -> None:
    scene = at_the_same_error(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("p", "p")
        await until(pilot, lambda: "no space" in whole(app))
        assert "The same error" not in whole(app)
        await pilot.press("a")
        await until(pilot, lambda: "No other build is paused at the same error." in text(app)[39])


# Files


def with_files(tmp_path: Path) -> Scene:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 4, 1)
    scene.session.data["diff"] = {"since": key_of(scene, 4), "exact": True, "files": FILES}

    def opens(sent: Sent) -> dict[str, Any]:
        user = "100" if sent.arguments["which"] == "before" else "42"
        return {"exists": True, "content": f"root:x:0\n_apt:x:{user}:65534\n", "truncated": False, "encoding": "utf-8"}

    scene.session.data["open"] = opens
    scene.session.data["copy"] = {"path": "/runs/7f3/files/1-passwd", "bytes": 1020}
    return scene


async def test_the_files_a_step_changed(tmp_path: Path) -> None:
    scene = with_files(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("d")
        await until(pilot, lambda: "since ◊ before 4" in whole(app))
        shown = whole(app)
        assert "+1.4 MB" in shown and "What next?" not in shown
        assert "fusermount3" in shown and "setuid" in shown and "looks secret" in shown
        assert "! setuid  usr/bin/fusermount3 is new and runs as root" in shown
        assert "! cache   1.2 MB in var/cache/apt can be cleaned" in shown
        await pilot.press("c", "A", "R")
        assert [sent.verb for sent in scene.session.sent] == ["diff"] and not app.covered
        await pilot.press("escape")
        await until(pilot, lambda: "6 files changed by this step" in whole(app) and "What next?" in whole(app))


async def test_the_palette_opens_and_copies_by_path_and_chooses_nothing_by_its_description(tmp_path: Path) -> None:
    scene = with_files(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press(":", *"changed", "enter")
        await until(pilot, lambda: "edit-retry" in whole(app))
        assert app.covered and scene.session.sent == []
        await pilot.press("escape", ":", *"open", "enter", *"/etc/passwd", "enter")
        await until(pilot, lambda: "size 972 B to 1,020 B" in whole(app) and "+ _apt:x:42:65534" in whole(app))
        await pilot.press("escape", "escape", ":", *"copy /etc", "enter")
        await until(pilot, lambda: "Copied 1.0 kB to" in text(app)[39])
        assert arguments(scene)[-1] == ("copy", {"path": "/etc"})


@pytest.mark.parametrize("size", [(120, 40), (60, 20)])
async def test_the_palette_flags_what_taints_and_says_of_no_breakpoint_that_it_ends_something(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with opened(paused(tmp_path), size) as (app, pilot):
        await pilot.press(":", *"skip")
        await until(pilot, lambda: any("skip " in row and "⚑" in row for row in text(app)[3:]))
        await pilot.press("ctrl+u", *"clear")
        await until(pilot, lambda: "take a breakpoint away" in whole(app))
        assert "ends something" not in whole(app) and "anywhere" in whole(app)


async def test_a_file_before_and_after_and_a_copy_of_it(tmp_path: Path) -> None:
    scene = with_files(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("d")
        await until(pilot, lambda: app.main.files.active)
        paths = [node.path for node, _ in app.main.files._visible()]
        app.main.files.at = paths.index("/etc/passwd")
        await pilot.press("enter")
        await until(pilot, lambda: "mode 0644   owner 0:0   size 972 B to 1,020 B" in whole(app))
        assert "- _apt:x:100:65534" in whole(app) and "+ _apt:x:42:65534" in whole(app)
        rows = [row[37:] for row in text(app)]
        title = next(y for y, row in enumerate(rows) if row.startswith(" etc/passwd"))
        assert ".netrc" in rows[title - 2] and not rows[title - 1].strip()
        assert any(row.startswith(" Notable") for row in rows[title:])
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Copied 1.0 kB to /runs/7f3/files/1-passwd" in text(app)[39])
        await pilot.press("escape")
        assert app.main.files.active and app.main.files.file is None


@pytest.mark.parametrize("size", [(200, 50), (80, 24), (60, 20), (40, 10)])
async def test_files_at_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    scene = with_files(tmp_path)
    async with opened(scene, size) as (app, pilot):
        await pilot.press("d")
        await until(pilot, lambda: "since ◊ before 4" in whole(app) or size[0] == 40)
        await until(pilot, lambda: "usr/" in whole(app) or "var/" in whole(app))


async def test_a_builder_without_checkpoints_says_so(tmp_path: Path) -> None:
    scene = with_files(tmp_path)
    scene.session.refusal = Refused("This builder takes no checkpoints, so there is nothing to compare.")
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("d")
        await until(pilot, lambda: "This builder takes no checkpoints" in text(app)[39])
        assert not app.main.files.active


async def test_files_close_when_somebody_else_answers(tmp_path: Path) -> None:
    scene = with_files(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("d")
        await until(pilot, lambda: app.main.files.active)
        scene.session.tell(events.BuildResumed("skip", "mara"), DOCKER)
        scene.begin(DOCKER, 5)
        await until(pilot, lambda: not app.main.files.active and "copy-site" in text(app)[2])


def test_sizes_are_si_with_one_decimal() -> None:
    numbers = (0, 972, 1_020, 41_200_000, -286, 999_999)
    assert [differences.size(n) for n in numbers] == ["0 B", "972 B", "1.0 kB", "41.2 MB", "286 B", "1.0 MB"]
    assert differences.size(38_400_000, signed=True) == "+38.4 MB" and differences.size(-286, signed=True) == "-286 B"


def test_sums_and_flags_of_the_tree() -> None:
    tree = differences.tree(differences.parse({"files": FILES}))
    assert [(node.name, node.files, node.delta) for node in tree] == [
        ("var/cache/apt/", 1, 1_200_000), ("usr/", 2, 200_000), ("etc/", 2, -238), ("root/", 1, 62),
    ]  # fmt: skip
    assert differences.parse({"files": ["x", {"path": 3}, {"path": "/a", "size": "1"}]})[0].size == 0


# Details and commands


async def test_details_follow_the_build_and_have_the_path_of_the_evidence_whole(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    path = "/home/mara/.local/state/bakehouse/runs/7f3/evidence/web-docker-4-1"
    scene.session.tell(events.EvidenceCollected(key_of(scene, 4), path), DOCKER, 4)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("i")
        await until(pilot, lambda: "status                  paused" in whole(app) and path in whole(app))
        assert "y copy evidence" in whole(app)
        await pilot.press("y")
        assert app.clipboard == path and app.covered
        scene.session.tell(events.BuildFinished("failed", "It broke."), DOCKER)
        await until(pilot, lambda: "status                  failed" in whole(app))


async def test_details_have_everything_that_is_known(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 4, 1, "tmpfs /run")
    scene.session.tell(events.EvidenceCollected(key_of(scene, 4), "/runs/7f3/evidence/1"), DOCKER)
    scene.session.tell(events.ScriptTraced("setup.sh", False, "it is run by python"), DOCKER, 4)
    scene.session.data["details"] = {"facts": {"Host": "172.17.0.2"}, "options": {"script": "setup.sh", "pw": "***"}}
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("i")
        await until(pilot, lambda: "web.docker.debian, 4 install-nginx" in whole(app))
        shown = whole(app)
        for words in (
            "/runs/7f3/evidence/1",
            "not traced: it is run by python",
            "failed, exit 100, 0:07",
            "172.17.0.2",
        ):
            assert words in shown
        await pilot.press("G")
        await until(pilot, lambda: "before 4 install-nginx" in whole(app) and "would lose tmpfs /run" in whole(app))
        await pilot.press("escape")
        await until(pilot, lambda: not app.covered)


async def test_a_command_is_typed_run_and_its_end_said(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.data["run"] = {"exit_status": 3, "span": 9}
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("x", "enter", *"idd", "backspace", "enter")
        await until(pilot, lambda: arguments(scene) == [("run", {"command": "id"})])
        await until(pilot, lambda: "id ended with exit status 3, 0:00. The image is tainted." in text(app)[39])


async def test_a_line_can_be_edited_and_pasted_into(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (60, 20)) as (app, pilot):
        await pilot.press("x", *"cat x", "left", "delete", *"/etc/os-release", "home", *"ls; ", "enter")
        await until(pilot, lambda: arguments(scene) == [("run", {"command": "ls; cat /etc/os-release"})])
        assert not app.covered


# Keys


async def test_keys_that_come_with_the_one_that_opens_an_overlay_are_the_overlays(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        for character in ":breakpoints":
            app.main.post_message(Key(character, character))
        app.main.post_message(Key("enter", None))
        await until(pilot, lambda: "None stands." in whole(app))
        assert scene.session.sent == []
        await pilot.press("escape")
        await until(pilot, lambda: not app.covered)
        for character in "AK":
            app.main.post_message(Key(character, character))
        await until(pilot, lambda: arguments(scene) == [("cancel", {"keep": True})])
