"""The sentences of the verbs, for every place where a build can stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.dashboard.pause import paused as pause_texts
from bakehouse.dashboard.pause import rollback
from bakehouse.dashboard.pause.paused import headline, where
from bakehouse.dashboard.pause.verbs import VerbText, unlisted, verbs
from bakehouse.record import events
from bakehouse.record.fitting import why_not
from bakehouse.record.fold import fold
from bakehouse.record.state import BuildState
from support.scenes import DOCKER, Scene, paused

KEYS = ["c", "n", "r", "R", "e", "s", "!", "d", "u", "i", "H", "A"]
ROOM = {120: (42, 38), 80: (25, 23), 60: (16, 12)}


def build_of(scene: Scene) -> BuildState:
    return fold(scene.session.facts).builds[DOCKER]


def at(scene: Scene, place: str, number: int = 4, line: int = 0) -> BuildState:
    """The build stands before a step, or in its script."""
    scene.session.tell(events.BuildResumed("continue"), DOCKER)
    step = scene.infos[DOCKER].steps[number - 1].key
    body = events.BuildPaused(step, "breakpoint", place=place, line=line, command="make install" if line else "")
    scene.session.tell(body, DOCKER)
    return build_of(scene)


def said(build: BuildState, width: int, files: tuple[int, int] | None = None) -> dict[str, str]:
    first, second = ROOM[width]
    texts = verbs(build, width, files)
    return {verb.key: verb.text(first if place < 6 else second) for place, verb in enumerate(texts)}


def shown(verb: VerbText, room: int) -> int:
    return len(verb.text(room)) + (2 if verb.taints and not verb.reason else 0)


def test_all_twelve_after_a_failure_at_120_80_and_60(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 3, 1)
    scene.saved(DOCKER, 4, 2)
    build = build_of(scene)
    assert [verb.key for verb in verbs(build, 120)] == KEYS
    assert said(build, 120, (12, 4)) == {
        "c": "take 4 as it is, run 5 to 9",
        "n": "take 4 as it is, run 5, stop again",
        "r": "run setup.sh again, machine as it is",
        "R": "machine as before 4, then setup.sh, ~9 s",
        "e": "open setup.sh, show what changed, retry",
        "s": "leave 4 undone, run 5 to 9",
        "!": "root shell inside, ctrl+] leaves",
        "d": "12 files changed by this step",
        "u": "machine as before 4, stay paused",
        "i": "options, facts, evidence, attempts",
        "H": "keep the machine 15 min more",
        "A": "end this build; asks: clean up or keep",
    }
    assert list(said(build, 80, (12, 4)).values()) == [
        "run on as it is", "run 5 as it is, stop", "setup.sh, machine as is", "as before 4, then retry",
        "edit, see diff, retry", "leave 4 out, run on", "root in the machine", "12 files changed",
        "as before 4, paused", "options, evidence", "15 min more", "asks: clean or keep",
    ]  # fmt: skip
    assert list(said(build, 60, (12, 4)).values()) == [
        "as it is", "5, then stop", "machine as is", "as before 4", "shows diff", "leave 4 out", "root", "12 files",
        "as before 4", "options", "15 min more", "asks first",
    ]  # fmt: skip
    assert [verb.label for verb in verbs(build, 80)][3] == "back+retry"
    assert said(build, 120, (12, 3))["d"] == "12 files changed since before 3"
    assert said(build, 80, (1, 3))["d"] == "1 file since 3"


@pytest.mark.parametrize("width", [120, 80, 60])
@pytest.mark.parametrize("place", ["after", "before", "line", "machine"])
def test_no_sentence_and_no_reason_is_cut(tmp_path: Path, width: int, place: str) -> None:
    scene = paused(tmp_path)
    if place == "machine":
        scene = Scene(tmp_path / "other")
        scene.start(DOCKER)
        scene.pause(DOCKER, scene.begin(DOCKER, 1), 1)
    build = build_of(scene) if place in ("after", "machine") else at(scene, place, line=12 if place == "line" else 0)
    for number, verb in enumerate(verbs(build, width)):
        assert shown(verb, ROOM[width][number // 6]) <= ROOM[width][number // 6], verb


def test_without_a_checkpoint_there_is_nothing_to_roll_back_to(tmp_path: Path) -> None:
    build = build_of(paused(tmp_path))
    reasons = {verb.key: verb.reason for verb in verbs(build, 120) if verb.reason}
    assert reasons == {"R": "no checkpoints here", "u": "no checkpoints here", "d": "no checkpoint to compare with"}


def test_a_checkpoint_further_back_says_what_runs_again(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 3, 1)
    assert said(build_of(scene), 120)["R"] == "machine as before 3, run 3 and 4, ~1:19"
    assert said(build_of(scene), 80)["R"] == "as before 3, run 3 and 4"
    assert said(build_of(scene), 120)["u"] == "machine as before 3, stay paused"


def test_a_checkpoint_that_is_gone_or_of_a_later_step_is_not_offered(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 4, 1)
    scene.saved(DOCKER, 6, 2)
    scene.session.tell(events.CheckpointGone(1), DOCKER)
    assert rollback.reachable(build_of(scene)) == []


def test_before_a_step(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 4, 1)
    build = at(scene, "before")
    texts = said(build, 120)
    assert texts["c"] == "go on, run 4 to 9" and texts["n"] == "run 4, stop again"
    assert texts["r"] == "4 has not run yet"
    assert texts["R"] == "machine as before 4, then setup.sh, ~9 s" and texts["u"] == "machine as before 4, stay paused"
    assert texts["e"] == "open setup.sh, show what changed, run it"
    taints = {verb.key for verb in verbs(build, 120) if verb.taints and not verb.reason}
    assert taints == {"s", "!"}


def test_a_step_that_was_rolled_back_is_not_said_never_to_have_run(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.tell(events.BuildResumed("rollback"), DOCKER)
    scene.session.tell(events.BuildPaused(scene.infos[DOCKER].steps[3].key, "rollback", place="before"), DOCKER)
    build = build_of(scene)
    assert pause_texts.where(build, "") == "4 install-nginx runs next."
    assert said(build, 120)["r"] == "c runs 4 from here" and said(build, 60)["r"] == "c runs it"


@pytest.mark.parametrize("number", [1, 4, 8, 9])
@pytest.mark.parametrize("place", ["after", "before", "line"])
@pytest.mark.parametrize("reason", ["failure", "breakpoint", "rollback"])
@pytest.mark.parametrize("saved", [True, False])
def test_a_verb_is_muted_where_the_engine_would_refuse_it(
    tmp_path: Path, number: int, place: str, reason: str, saved: bool
) -> None:
    scene = paused(tmp_path)
    if saved:
        scene.saved(DOCKER, 3, 1)
    scene.session.tell(events.BuildResumed("continue"), DOCKER)
    error = "" if reason == "breakpoint" else "It failed."
    body = events.BuildPaused(scene.infos[DOCKER].steps[number - 1].key, reason, error=error, place=place)
    scene.session.tell(body, DOCKER)
    build = build_of(scene)
    found = {verb.name: verb.reason for verb in [*verbs(build, 120), *unlisted(build)]}
    engine = {name: why_not(name, build) for name in found}
    own = {"next": number == 9, "diff": True} | dict.fromkeys(("shell", "run", "open", "copy"), number in (1, 9))
    for name, said_there in engine.items():
        assert bool(found[name]) == bool(said_there) or (found[name] and own.get(name)), (name, said_there, found)


def test_before_a_line_of_a_script(tmp_path: Path) -> None:
    texts = said(at(paused(tmp_path), "line", line=12), 120)
    assert texts["c"] == "run setup.sh on from line 12"
    assert texts["n"] == "run line 12, stop before the next"
    assert texts["s"] == "leave line 12 out, stop before the next"
    assert texts["r"] == texts["R"] == texts["e"] == texts["u"] == "setup.sh has not ended"


def test_a_command_can_be_run_wherever_there_is_a_machine(tmp_path: Path) -> None:
    assert unlisted(build_of(paused(tmp_path)))[0].reason == ""
    scene = Scene(tmp_path / "other")
    scene.start(DOCKER)
    scene.pause(DOCKER, scene.begin(DOCKER, 1), 1)
    assert unlisted(build_of(scene))[0].reason == "there is no machine yet"


def test_a_full_disk_leaves_nothing_to_answer(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.session.tell(events.BuildResumed("retry"), DOCKER)
    key = scene.infos[DOCKER].steps[3].key
    body = events.BuildPaused(key, "disk", until=1, note="/var is full.", shell=False, place="inside")
    scene.session.tell(body, DOCKER)
    build = build_of(scene)
    reasons = {verb.name: verb.reason for verb in [*verbs(build, 120), *unlisted(build)]}
    assert {name for name, reason in reasons.items() if not reason} == {"hold", "cancel", "details"}
    assert {reason for reason in reasons.values() if reason} == {"the disk is full"}
    state = fold(scene.session.facts)
    assert headline(build, "", state) == "/var is full. Nothing is lost."
    assert where(build, "").endswith("goes on by itself once there is space.")
