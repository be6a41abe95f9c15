"""The runs of the design's pictures, played by a FakeSession."""

from __future__ import annotations

from pathlib import Path

from bakehouse.record import events
from bakehouse.record.events import NANOSECONDS
from support.session import START, FakeSession, build, steps

STEPS = (
    ("Pull image", "machine", ""),
    ("Start container", "machine", ""),
    ("update-packages", "provisioner", "scripts/packages.sh"),
    ("install-nginx", "provisioner", "scripts/setup.sh"),
    ("copy-site", "provisioner", ""),
    ("harden-ssh", "provisioner", "scripts/harden.sh"),
    ("smoke-test", "provisioner", ""),
    ("Commit image", "artifact", ""),
    ("manifest", "post-processor", ""),
)
NAMES = (
    ("web.docker.debian", "docker"),
    ("web.lxd.debian", "lxd"),
    ("web.qemu.debian", "qemu"),
    ("base.rootfs.busybox", "rootfs"),
    ("web.podman.debian", "podman"),
)
DOCKER, LXD, QEMU, ROOTFS, PODMAN = (f"{n:03}-{name.replace('.', '-')}" for n, (name, _) in enumerate(NAMES, 1))
INSTALL = (
    (0, "+ export DEBIAN_FRONTEND=noninteractive", True),
    (0, "+ apt-get update -q", True),
    (1, "Hit:1 http://mirror.example/debian bookworm InRelease", False),
    (22, "Hit:2 http://mirror.example/debian bookworm-updates InRelease", False),
    (23, "Get:3 http://mirror.example/security bookworm-security/main", False),
    (24, "Fetched 271 kB in 1s (243 kB/s)", False),
    (25, "Reading package lists... Done", False),
    (26, "+ apt-get install -y nginx curl", True),
    (26, "Reading package lists...", False),
    (26, "Building dependency tree...", False),
    (27, "Reading state information...", False),
    (27, "The following additional packages will be installed:", False),
    (27, "  libnginx-mod-http-geoip2 nginx-common iproute2", False),
    (27, "Suggested packages:", False),
    (27, "  fcgiwrap nginx-doc ssl-cert", False),
    (27, "The following NEW packages will be installed:", False),
    (27, "  curl iproute2 libnginx-mod-http-geoip2 nginx nginx-common", False),
    (28, "0 upgraded, 5 newly installed, 0 to remove.", False),
    (28, "Need to get 3,183 kB of archives.", False),
    (29, "Get:1 http://mirror.example/debian bookworm/main amd64 nginx-common all 1.22.1-9+deb12u3 [112 kB]", False),
    (30, "Get:2 http://mirror.example/debian bookworm/main amd64 nginx amd64 1.22.1-9+deb12u3 [527 kB]", False),
    (31, "Get:3 http://mirror.example/debian bookworm/main amd64 curl amd64 7.88.1-10+deb12u12 [315 kB]", False),
    (33, "Fetched 3,183 kB in 4s (812 kB/s)", False),
    (34, "debconf: delaying package configuration, since", True),
    (34, "apt-utils is not installed", True),
    (35, "Selecting previously unselected package nginx-common.", False),
    (35, "(Reading database ... 6138 files and directories)", False),
    (36, "Preparing to unpack .../nginx-common_1.22.1-9+deb12u3", False),
    (36, "Unpacking nginx-common (1.22.1-9+deb12u3) ...", False),
    (38, "Unpacking nginx (1.22.1-9+deb12u3) ...", False),
    (39, "Setting up nginx-common (1.22.1-9+deb12u3) ...", False),
    (39, "Created symlink \x1b[36m/etc/systemd/system/multi-user.target.wants/nginx.service\x1b[0m", False),
    (40, "Setting up nginx (1.22.1-9+deb12u3) ...", False),
    (41, "nginx: the configuration file \x1b[1m/etc/nginx/nginx.conf\x1b[0m \x1b[32msyntax is ok\x1b[0m", False),
    (41, "nginx: configuration file \x1b[1m/etc/nginx/nginx.conf\x1b[0m \x1b[32mtest is successful\x1b[0m", False),
)
BROKEN = (
    (0, "+ export DEBIAN_FRONTEND=noninteractive", True),
    (0, "+ apt-get update -q", True),
    (1, "Hit:1 http://mirror.example/debian bookworm InRelease", False),
    (2, "Get:3 http://mirror.example/security bookworm-security InRelease [48.0 kB]", False),
    (3, "Get:4 http://mirror.example/security bookworm-security/main [223 kB]", False),
    (4, "Fetched 271 kB in 3s (90.3 kB/s)", False),
    (4, "Reading package lists...", False),
    (4, "+ apt-get install -y nginx-lite curl", True),
    (5, "Reading package lists...", False),
    (6, "Building dependency tree...", False),
    (6, "Reading state information...", False),
    (7, "E: Unable to locate package nginx-lite", True),
)
DIFF = """\
--- scripts/setup.sh
+++ scripts/setup.sh
@@ -9,6 +9,8 @@
 set -eux
 export DEBIAN_FRONTEND=noninteractive
 apt-get update -q
-apt-get install -y nginx-lite curl
+apt-get install -y nginx-light curl
+install -d -m 0755 /etc/nginx/snippets
+nginx -t
 systemctl enable nginx
 rm -rf /var/lib/apt/lists/*
"""


class Scene:
    """Plays builds on a session; span ids are counted here."""

    def __init__(self, directory: Path, *, builds: int = len(NAMES), run: str = "7f3") -> None:
        self.session = FakeSession(directory, run=run)
        self.span = 0
        s = self.session
        s.tell(events.RunStarted(run, "web.pkr.hcl", str(directory), 1, "0.1.0", "abcde", user="mara", hold=900.0))
        infos = [
            build(ordinal, name, builder, steps(*(STEPS if builder != "rootfs" else STEPS[:5])))
            for ordinal, (name, builder) in enumerate(NAMES[:builds], 1)
        ]
        self.infos = {info.key: info for info in infos}
        s.tell(events.PlanRevised(1, infos))

    def at(self, second: float) -> None:
        self.session.now = second

    def start(self, key: str) -> None:
        self.session.tell(events.BuildStarted("tier root, /srv/bake/003"), key)

    def begin(self, key: str, number: int, attempt: int = 1) -> int:
        """A step's attempt begins; its span."""
        self.span += 1
        step = self.infos[key].steps[number - 1]
        self.session.tell(events.SpanStarted("attempt", step.title, step.key, 0, attempt, 1), key, self.span)
        return self.span

    def end(self, key: str, span: int, outcome: str = "ok", status: int | None = None, error: str = "") -> None:
        self.session.tell(events.SpanFinished(outcome, error, status), key, span)

    def command(self, key: str, attempt: int, line: int, text: str, outcome: str = "ok", seconds: float = 1.0) -> int:
        """A command of a traced script; outcome "": it runs still. Its span."""
        self.span += 1
        span = self.span
        self.session.tell(events.SpanStarted("command", text, parent=attempt, line=line), key, span)
        if outcome:
            status = 0 if outcome == "ok" else 100
            self.session.tell(events.SpanFinished(outcome, exit_status=status, seconds=seconds), key, span)
        return span

    def saved(self, key: str, number: int, id: int, *lost: str) -> None:
        """A checkpoint before a step."""
        step = self.infos[key].steps[number - 1].key
        self.session.tell(events.CheckpointMade(id, step, "taken", 41_200_000, 2.0, list(lost)), key)

    def stop_at(self, id: int, when: str, number: int, *keys: str, origin: str = "viewer") -> None:
        """A breakpoint at a step of some builds."""
        at = {key: [self.infos[key].steps[number - 1].key] for key in keys}
        text = f"{when}:{next(iter(at.values()))[0]}"
        self.session.tell(events.BreakpointSet(id, text, when, origin, at, by="mara"))

    def did(self, key: str, number: int, seconds: float, lines: int = 0) -> None:
        """A step from beginning to end."""
        span = self.begin(key, number)
        for line in range(lines):
            self.session.print(key, span, f"line {line + 1} of {self.infos[key].steps[number - 1].title}\n")
        self.session.now += seconds
        self.end(key, span)

    def pause(
        self, key: str, span: int, number: int, *, hold: float = 900.0, error: str = "", status: int = 100
    ) -> None:
        """The step of `span` has failed and its build waits."""
        until = self.session.clock() + round(hold * NANOSECONDS) if hold else 0
        text = error or "The script ended with status 100."
        self.end(key, span, "failed", status, text)
        step = self.infos[key].steps[number - 1]
        self.session.tell(events.BuildPaused(step.key, "failure", 1, text, status, until), key, span)

    def play(self, key: str, span: int, lines: tuple[tuple[int, str, bool], ...], start: float) -> None:
        """Print lines at their seconds."""
        for second, text, stderr in lines:
            self.at(start + second)
            self.session.print(key, span, text + "\n", 1 if stderr else 0)

    def others(self, *, podman: bool) -> None:
        """What the builds beside the first are at."""
        self.at(0)
        self.start(LXD)
        for number, (seconds, lines) in enumerate(((20, 5), (3, 2), (60, 80), (55, 40)), 1):
            self.did(LXD, number, seconds, lines)
        span = self.begin(LXD, 5)
        self.session.print(LXD, span, "+ install -m 0644 index.html /srv/www\n", 1)
        self.at(38)
        self.start(QEMU)
        self.did(QEMU, 1, 6, 3)
        self.begin(QEMU, 2)
        self.at(0)
        self.start(ROOTFS)
        for number in range(1, 6):
            self.did(ROOTFS, number, 7.6, 12)
        self.session.tell(
            events.ArtifactMade("bakehouse.rootfs", "oci", "41.2 MB in output/busybox", ["output/busybox"]), ROOTFS
        )
        self.session.tell(events.BuildFinished("succeeded"), ROOTFS)
        if podman:
            self.at(117)
            self.start(PODMAN)
            self.did(PODMAN, 1, 40, 9)
            self.begin(PODMAN, 2)


def running(directory: Path) -> Scene:
    """Picture 01, without what history would add."""
    scene = Scene(directory)
    scene.at(0)
    scene.start(DOCKER)
    scene.did(DOCKER, 1, 38, 9)
    scene.did(DOCKER, 2, 2, 3)
    scene.did(DOCKER, 3, 70, 211)
    span = scene.begin(DOCKER, 4)
    for _ in range(307):
        scene.session.print(DOCKER, span, "Ign:1 http://mirror.example/debian bookworm InRelease\n")
    scene.play(DOCKER, span, INSTALL, 110)
    scene.others(podman=False)
    scene.at(151)
    return scene


def paused(directory: Path) -> Scene:
    """Picture 03."""
    scene = Scene(directory)
    scene.at(0)
    scene.start(DOCKER)
    scene.did(DOCKER, 1, 38, 9)
    scene.did(DOCKER, 2, 2, 3)
    scene.did(DOCKER, 3, 70, 211)
    span = scene.begin(DOCKER, 4)
    scene.play(DOCKER, span, BROKEN, 110)
    scene.session.tell(
        events.ResourceClaimed("docker", "container", "bakehouse-abcde-7f3-001", "web/machine", "a41f09c2e7d1"), DOCKER
    )
    scene.pause(DOCKER, span, 4)
    scene.others(podman=True)
    scene.at(247)
    return scene


def first_run(directory: Path) -> Scene:
    """Picture 18."""
    scene = Scene(directory, run="2ac")
    scene.start(DOCKER)
    scene.begin(DOCKER, 1)
    scene.at(4)
    return scene


def start_time() -> int:
    """When every scene begins."""
    return START
