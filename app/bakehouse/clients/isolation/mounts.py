"""What a machine sees as its file system: the base below, its own changes above, /proc, /dev, names of hosts.

All paths below the new root are looked up only after it has become the root, so that a link in the base cannot lead
to a file of the host.
"""

from __future__ import annotations

import contextlib
import os
import stat

from bakehouse.clients.isolation import kernel

_DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}
_LINKS = {"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"}
_TARGETS = {
    "hostname": "/etc/hostname",
    "hosts": "/etc/hosts",
    "resolv.conf": "/etc/resolv.conf",
    "apt.conf": "/etc/apt/apt.conf.d/99bakehouse",
}
"""Where the files in a machine's `files` stand in it; apt.conf only if there is such a directory."""

_READ_ONLY = ("sys", "sysrq-trigger", "irq", "bus", "fs")
_EMPTY = ("kcore", "keys", "timer_list")
_DIRECTORIES = ("/", "/dev", "/dev/ptmx", "/dev/pts", "/dev/shm", "/proc", "/sys")
_NO_PROGRAMS = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC


def is_part_of_machine(path: str) -> bool:
    """Whether every machine has this mount, or this entry of its /dev."""
    if path in _DIRECTORIES or path.startswith("/proc/"):
        return True
    if path in {os.path.realpath(target) for target in _TARGETS.values()}:
        return True
    directory, _, name = path.rpartition("/")
    return directory == "/dev" and (name in _DEVICES or name in _LINKS)


def overlay_options(*, in_user_namespace: bool) -> str:
    """`volatile` skips every fsync: after a crash of the host the machine is void anyway.

    The others keep the changes readable without overlayfs: no redirects, no files that are metadata only.
    """
    kind = "userxattr" if in_user_namespace else "redirect_dir=off,metacopy=off,index=off"
    return f"lowerdir=lower,upperdir=upper,workdir=work,volatile,{kind}"


class NewRoot:
    """Turns a machine's directory into the root of this process.

    made: paths (without the leading /) that were made, or changed, for the machine's sake and are no part of its image.
    has_groups: there are others than root's, such as tty.
    """

    def __init__(self, directory: str, *, overlay: bool, in_user_namespace: bool, has_groups: bool) -> None:
        self._directory = directory
        self._overlay = overlay
        self._in_user_namespace = in_user_namespace
        self._has_groups = has_groups
        self.made: list[str] = []

    def enter(self) -> None:
        """In new mount, pid and uts namespaces: mount everything and move in. Raises OSError."""
        os.chdir(self._directory)
        host_files = {name: os.open(f"files/{name}", os.O_PATH) for name in sorted(os.listdir("files"))}
        devices = {name: os.open(f"/dev/{name}", os.O_PATH) for name in _DEVICES}
        kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
        if self._overlay:
            kernel.mount("overlay", "root", "overlay", 0, overlay_options(in_user_namespace=self._in_user_namespace))
        else:
            kernel.mount("root", "root", None, kernel.MS_BIND)
        os.chdir("root")
        kernel.pivot_root(".", ".")
        self._mount_point("/proc")
        kernel.mount("proc", "/proc", "proc", _NO_PROGRAMS)
        self._mount_dev(devices)
        for name, file in host_files.items():
            if name != "apt.conf" or os.path.isdir(os.path.dirname(_TARGETS[name])):
                self._bind(file, _TARGETS[name])
        self._protect_proc()
        self._mount_point("/sys")
        kernel.detach(".")
        os.chdir("/")
        for file in (*host_files.values(), *devices.values()):
            os.close(file)

    def enter_by_chroot(self) -> None:
        """Without namespaces: make the devices in the copy itself, write the host's names into it, chroot."""
        os.chdir(self._directory)
        contents = {}
        for name in sorted(os.listdir("files")):
            with open(f"files/{name}", "rb") as file:
                contents[name] = file.read()
        os.chroot("root")
        os.chdir("/")
        self._mount_point("/dev")
        for name, (major, minor) in _DEVICES.items():
            with contextlib.suppress(FileExistsError):
                os.mknod(f"/dev/{name}", stat.S_IFCHR | 0o666, os.makedev(major, minor))
                os.chmod(f"/dev/{name}", 0o666)
        self._link_devices()
        for name, content in contents.items():
            self._write(_TARGETS[name], content)

    def _mount_point(self, path: str) -> None:
        try:
            kind = os.lstat(path).st_mode
        except FileNotFoundError:
            os.mkdir(path, 0o755)
            self.made.append(path.lstrip("/"))
            return
        if not stat.S_ISDIR(kind):
            raise OSError(20, "the base has something else than a directory there", path)

    def _mount_dev(self, devices: dict[str, int]) -> None:
        self._mount_point("/dev")
        kernel.mount("tmpfs", "/dev", "tmpfs", kernel.MS_NOSUID | kernel.MS_NOEXEC, "mode=0755,size=65536k")
        for name, file in devices.items():
            os.close(os.open(f"/dev/{name}", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o666))
            kernel.mount(f"/proc/self/fd/{file}", f"/dev/{name}", None, kernel.MS_BIND)
        for name in ("pts", "shm"):
            os.mkdir(f"/dev/{name}", 0o755)
        group = ",gid=5" if self._has_groups else ""
        flags = kernel.MS_NOSUID | kernel.MS_NOEXEC
        kernel.mount("devpts", "/dev/pts", "devpts", flags, f"newinstance,ptmxmode=0666,mode=0620{group}")
        kernel.mount("shm", "/dev/shm", "tmpfs", _NO_PROGRAMS, "mode=1777,size=65536k")
        os.symlink("pts/ptmx", "/dev/ptmx")
        self._link_devices()

    def _link_devices(self) -> None:
        for name, target in _LINKS.items():
            with contextlib.suppress(FileExistsError):
                os.symlink(target, f"/dev/{name}")

    def _bind(self, file: int, path: str) -> None:
        target = os.path.realpath(path)
        if not os.path.isfile(target):
            self._write(target, b"")
        kernel.mount(f"/proc/self/fd/{file}", target, None, kernel.MS_BIND)

    def _write(self, path: str, content: bytes) -> None:
        target = os.path.realpath(path)
        missing = []
        parent = os.path.dirname(target)
        while not os.path.isdir(parent):
            missing.append(parent)
            parent = os.path.dirname(parent)
        for directory in reversed(missing):
            os.mkdir(directory, 0o755)
            self.made.append(directory.lstrip("/"))
        with open(target, "wb") as file:
            file.write(content)
        self.made.append(target.lstrip("/"))

    def _protect_proc(self) -> None:
        """Also in a user namespace: where real root is mapped, it owns these files outside too."""
        for name in _READ_ONLY:
            path = f"/proc/{name}"
            if os.path.exists(path):
                kernel.mount(path, path, None, kernel.MS_BIND)
                kernel.mount(None, path, None, kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY | _NO_PROGRAMS)
        for name in _EMPTY:
            if os.path.exists(f"/proc/{name}"):
                kernel.mount("/dev/null", f"/proc/{name}", None, kernel.MS_BIND)
