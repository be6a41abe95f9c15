"""What the terminal shows after the dashboard has closed."""

from __future__ import annotations

from pathlib import Path

from bakehouse.headless.closing import closing
from bakehouse.headless.paint import Paint
from bakehouse.record import events
from bakehouse.record.events import Event
from bakehouse.record.fold import fold
from bakehouse.record.reader import read_events
from support.live_host import START, LiveHost, begin

GOLDEN = Path(__file__).parent / "golden"
SECOND = 1_000_000_000


async def recorded(host: LiveHost) -> list[Event]:
    host.feed.close()
    return [fact async for batch in host.feed.follow(0) for fact in batch]


def mixed(host: LiveHost) -> None:
    good, bad, held = begin(
        host, ["base.rootfs.busybox", "web.docker.debian", "web.null.with-a-name-that-is-far-too-long"]
    )
    step = "b/provisioner:shell#1"
    for number, key in enumerate((good, bad, held), 1):
        host.tell(events.SpanStarted("attempt", "shell", step), key, number, at=START)
    host.tell(events.SpanFinished("ok"), good, 1, at=START + 30 * SECOND)
    host.tell(events.ArtifactMade("bakehouse.rootfs", "x", "output/busybox.tar"), good)
    host.tell(events.Tainted("shell at 1 shell", by="mara"), good)
    host.tell(events.BuildFinished("succeeded"), good, at=START + 38 * SECOND)
    host.tell(events.ResourceClaimed("builder:docker", "container", "bakehouse-x"), bad)
    host.tell(events.SpanFinished("failed", "exit status 1", 1), bad, 2, at=START + 61 * SECOND)
    host.tell(events.BuildFinished("failed", "exit status 1"), bad, at=START + 62 * SECOND)
    host.tell(events.SpanFinished("failed", "exit status 3", 3), held, 3, at=START + 90 * SECOND)
    until = START + 1000 * SECOND
    host.tell(events.BuildPaused(step, "failure", 1, "exit status 3", 3, until), held, 3, at=START + 90 * SECOND)


async def test_a_run_that_goes_on(tmp_path: Path) -> None:
    host = LiveHost(tmp_path, "7f3k")
    mixed(host)
    state = fold(await recorded(host))
    lines = closing(state, Path("/runs/7f3k"), START + 170 * SECOND, Paint(colour=False, utf8=True))
    assert "\n".join(lines) + "\n" == (GOLDEN / "closing.txt").read_text()


async def test_a_paused_build_without_a_machine_is_not_said_to_keep_one(tmp_path: Path) -> None:
    host = LiveHost(tmp_path, "7f3k")
    first, second = begin(host, ["null.x", "null.y"])
    for build, shell in ((first, False), (second, True)):
        step = f"{build}/step"
        host.tell(events.BuildPaused(step, "next", until=START + 60 * SECOND, shell=shell), build, at=START)
        state = fold(await recorded(host))
        lines = "\n".join(closing(state, tmp_path, START, Paint(colour=False, utf8=True)))
        assert "waits 1:00 more" in lines
        assert ("kept 1:00 more" in lines) == shell
        assert ("2 builds are paused, 1 of them keeps its machine." in lines) == shell
        assert ("The run goes on: 1 build is paused." in lines) != shell


async def test_in_ascii_every_row_is_as_wide(tmp_path: Path) -> None:
    host = LiveHost(tmp_path, "7f3k")
    mixed(host)
    state = fold(await recorded(host))
    fine = list(closing(state, tmp_path, START, Paint(colour=False, utf8=True)))
    plain = list(closing(state, tmp_path, START, Paint(colour=False, utf8=False)))
    assert [len(line) for line in fine] == [len(line) for line in plain]
    assert all(line.isascii() for line in plain)


async def test_a_run_that_is_lost(tmp_path: Path) -> None:
    host = LiveHost(tmp_path, "7f3k")
    mixed(host)
    lines = list(closing(fold(await recorded(host)), tmp_path, START, Paint(colour=False, utf8=True), lost=True))
    assert lines[1].endswith("3 builds: ✓ 1 done  ✗ 1 failed  ✗ 1 lost")
    assert lines[6].split() == ["✗", "web.null.with-…-far-too-long", "0/2", "0:00", "lost"]


async def test_who_looks_on_is_pointed_at_nothing_that_is_not_theirs(tmp_path: Path) -> None:
    host = LiveHost(tmp_path, "7f3k")
    mixed(host)
    state = fold(await recorded(host))
    paint = Paint(colour=False, utf8=True)
    lines = list(closing(state, tmp_path, START, paint, copied=True))
    assert lines[-2:] == [
        "come back     bakehouse attach 7f3k", "read          bakehouse logs 7f3k web.docker.debian"
    ]  # fmt: skip
    host.tell(events.RunFinished(1))
    state = fold(read_events(host.directory))
    over = "\n".join(closing(state, tmp_path, START, paint, copied=True))
    for word in ("bakehouse ", "evidence  ", "files  ", str(tmp_path)):
        assert word not in over


async def test_what_is_too_long_is_cut_with_a_mark(tmp_path: Path) -> None:
    host = LiveHost(tmp_path, "7f3k")
    first, second = begin(host, ["null.x", "null.y"])
    host.tell(events.Tainted("shell at 1 shell", by="mara"), first)
    host.tell(events.Tainted("went on after a step " + "with a long name " * 5, by="mara"), first)
    error = "It broke in a way that takes many words to tell, and more"
    host.tell(events.BuildFinished("failed", error), first, at=START)
    host.tell(events.ResourceClaimed("builder:docker", "container", "bakehouse-x"), second)
    host.tell(events.BuildFinished("failed", error), second, at=START)
    state = fold(await recorded(host))
    lines = list(closing(state, Path("/runs/7f3k"), START, Paint(colour=False, utf8=True)))
    assert max(map(len, lines)) <= 80
    assert lines[4].endswith("  It broke in a way that takes many words to tell, and…")
    assert lines[5].endswith("  It broke in a way that takes ma…, machine not removed")
    assert lines[7] == "tainted       null.x: shell at 1 shell, by mara"
    assert lines[8].startswith("              null.x: went on after a step with a long name")
    assert lines[8].endswith("…")


async def test_a_run_that_is_over(tmp_path: Path) -> None:
    host = LiveHost(tmp_path, "7f3k")
    (key,) = begin(host, ["null.x"])
    host.tell(events.BuildFinished("succeeded"), key, at=START + SECOND)
    host.tell(events.RunFinished(0), at=START + SECOND)
    text = "\n".join(closing(fold(await recorded(host)), tmp_path, 0, Paint(colour=True, utf8=True)))
    assert "\x1b[32m✓\x1b[0m 1 done" in text
    assert "The run goes on" not in text


async def test_a_machine_that_was_kept_can_be_looked_into(tmp_path: Path) -> None:
    host = LiveHost(tmp_path, "7f3k")
    first, _ = begin(host, ["null.x", "null.y"])
    host.tell(events.BuildFinished("failed", "exit 3", kept=True), first, at=START + SECOND)
    host.tell(events.RunFinished(1), at=START + SECOND)
    lines = list(closing(fold(await recorded(host)), tmp_path, 0, Paint(colour=False, utf8=True)))
    assert "look inside   bakehouse shell 7f3k 001-x" in lines


async def test_what_failed_unnoticed_is_said_at_the_end(tmp_path: Path) -> None:
    host = LiveHost(tmp_path, "7f3k")
    (build,) = begin(host, ["null.x"])
    step = "b/provisioner:shell#1"
    host.tell(events.SpanStarted("attempt", "shell", step), build, 1, at=START)
    host.tell(events.SpanFinished("ok"), build, 1, at=START + SECOND)
    host.tell(events.FailureSwallowed(step, 2, "apt-get update " + "x" * 90, 100), build, 1)
    host.tell(events.FailureSwallowed(step, 3, "yes | head", 141, "note"), build, 1)
    for line in range(4, 10):
        host.tell(events.FailureSwallowed(step, line, "false", 1), build, 1)
    host.tell(events.BuildFinished("succeeded"), build, at=START + 2 * SECOND)
    state = fold(await recorded(host))
    lines = list(closing(state, tmp_path, START, Paint(colour=True, utf8=True)))
    start = next(number for number, line in enumerate(lines) if "unnoticed" in line)
    told = [line.replace("\x1b[2m", "").replace("\x1b[0m", "") for line in lines[start : start + 6]]
    assert told[0].startswith("unnoticed     null.x, 1 shell, line 2: apt-get update xx")
    assert told[0].endswith("x\N{HORIZONTAL ELLIPSIS} (exit code 100)") and len(told[0]) == 80
    assert told[1] == "              null.x, 1 shell, line 4: false (exit code 1)"
    assert told[5] == "              and 2 more"
