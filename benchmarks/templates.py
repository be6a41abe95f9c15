"""The templates that are measured, written anew into a directory of the run's own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

IMAGE = f"bakehouse-bench:{os.getpid()}"
TEXT = "a line of forty characters, or nearly so"
ONE_IN = 20
"""Of the lines that `docker_lines` prints, one in so many holds a secret."""


def many_nulls(directory: Path, number: int) -> Path:
    """`number` null builds, each a shell-local of three lines that sleeps 0.2 s."""
    sources = "\n".join(f'source "null" "b{index:03}" {{\n  communicator = "none"\n}}' for index in range(number))
    names = ", ".join(f'"source.null.b{index:03}"' for index in range(number))
    path = directory / f"null{number}.pkr.hcl"
    path.write_text(f"""{sources}
build {{
  sources = [{names}]
  provisioner "shell-local" {{
    inline = ["echo one", "sleep 0.2", "echo two"]
  }}
}}
""")
    return path


def many_locals(directory: Path, locals: int, sources: int) -> Path:
    """Locals in chains of ten, half of them calling functions, and null sources that name them."""
    lines = ['variable "base" {', '  default = "x"', "}", "locals {"]
    for index in range(locals):
        before = f"local.l{index - 1}" if index % 10 else "var.base"
        plain = f'"${{{before}}}-{index}"'
        lines.append(f"  l{index} = " + (plain if index % 2 else f'join("-", [upper({before}), {index} + 1])'))
    lines.append("}")
    for index in range(sources):
        value = f"local.l{index * locals // sources}"
        lines += [f'source "null" "s{index}" {{', '  communicator = "none"', f"  ssh_host     = {value}", "}"]
    names = ", ".join(f'"null.s{index}"' for index in range(sources))
    lines += ["build {", f"  sources = [{names}]", '  provisioner "shell-local" {']
    lines += ['    inline = ["echo ${source.name} ${local.l7}"]', "  }", "}", ""]
    path = directory / "locals.pkr.hcl"
    path.write_text("\n".join(lines))
    return path


def docker(directory: Path, provisioners: int = 3) -> Path:
    """A docker build with one-line shell provisioners and a commit."""
    shells = "\n".join(
        f'  provisioner "shell" {{\n    inline = ["echo step {index} > /step{index}", "cat /step{index}"]\n  }}'
        for index in range(provisioners)
    )
    path = directory / "docker.pkr.hcl"
    path.write_text(f"""source "docker" "bench" {{
  image  = "{IMAGE}"
  pull   = false
  commit = true
}}
build {{
  sources = ["source.docker.bench"]
{shells}
}}
""")
    return path


def secret(index: int) -> str:
    """The value of a sensitive variable."""
    return f"s3cret-value-{index:04}"


def docker_lines(directory: Path, lines: int, secrets: int) -> Path:
    """A docker build that prints `lines` lines, with `secrets` sensitive variables to mask, one of which is printed."""
    variables = "\n".join(
        f'variable "secret{index}" {{\n  type = string\n  default = "{secret(index)}"\n  sensitive = true\n}}'
        for index in range(secrets)
    )
    path = directory / f"lines{lines}.pkr.hcl"
    path.write_text(f"""{variables}
source "docker" "lines" {{
  image   = "{IMAGE}"
  pull    = false
  discard = true
}}
build {{
  sources = ["source.docker.lines"]
  provisioner "shell" {{
    inline = [{json.dumps(line_command(lines))}]
  }}
}}
""")
    return path


def line_command(lines: int) -> str:
    """A shell command that prints so many lines of about 40 characters."""
    block = "\n".join([TEXT] * (ONE_IN - 1) + [f"a line of forty with {secret(7)} in it"])
    return f"yes '{block}' | head -n {lines}"


def docker_export(directory: Path) -> Path:
    """Packer's way to a tar of what the rootfs benchmark builds."""
    path = directory / "export.pkr.hcl"
    path.write_text(f"""source "docker" "bench" {{
  image       = "{IMAGE}"
  pull        = false
  export_path = "export.tar"
}}
build {{
  sources = ["source.docker.bench"]
{_three_shells()}}}
""")
    return path


def ten_steps(directory: Path, first: str, last: str) -> Path:
    """A rootfs build of ten shell provisioners that sleep 2 s; the first and the last print what is given."""
    words = [first, *(f"step {index}" for index in range(2, 10)), last]
    shells = "\n".join(
        f'  provisioner "shell" {{\n    inline = ["sleep 2", "echo {word} > /step{index}"]\n  }}'
        for index, word in enumerate(words, 1)
    )
    path = directory / "ten.pkr.hcl"
    path.write_text(f"""source "rootfs" "ten" {{
  output = "ten.tar"
}}
build {{
  sources = ["source.rootfs.ten"]
{shells}
}}
""")
    return path


def rootfs(directory: Path) -> Path:
    """The embedded default: busybox, three provisioners, an OCI archive."""
    path = directory / "rootfs.pkr.hcl"
    path.write_text(f"""source "rootfs" "bench" {{
  base   = "busybox"
  output = "rootfs.tar"
}}
build {{
  sources = ["source.rootfs.bench"]
{_three_shells()}}}
""")
    return path


def _three_shells() -> str:
    return "".join(
        f'  provisioner "shell" {{\n    inline = ["echo step {index} > /step{index}", "cat /step{index}"]\n  }}\n'
        for index in range(3)
    )


def waiting(directory: Path) -> Path:
    """Three builds that do nothing for a minute: a dashboard at rest."""
    sources = "\n".join(f'source "null" "b{index}" {{\n  communicator = "none"\n}}' for index in range(3))
    path = directory / "waiting.pkr.hcl"
    path.write_text(f"""{sources}
build {{
  sources = ["source.null.b0", "source.null.b1", "source.null.b2"]
  provisioner "shell-local" {{
    inline = ["echo begun", "sleep 60"]
  }}
}}
""")
    return path


def import_image() -> None:
    """Put a busybox image into Docker: no registry can be asked."""
    binary = Path("/bin/busybox").read_bytes()
    applets = subprocess.run(["/bin/busybox", "--list-full"], capture_output=True, text=True, check=True).stdout
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in ("bin", "sbin", "usr", "usr/bin", "usr/sbin", "tmp", "etc", "root"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            tar.addfile(entry)
        entry = tarfile.TarInfo("bin/busybox")
        entry.size, entry.mode = len(binary), 0o755
        tar.addfile(entry, io.BytesIO(binary))
        for applet in applets.split():
            if applet != "bin/busybox" and os.path.dirname(applet) in ("bin", "sbin", "usr/bin", "usr/sbin"):
                link = tarfile.TarInfo(applet)
                link.type, link.linkname = tarfile.SYMTYPE, "/bin/busybox"
                tar.addfile(link)
    subprocess.run(["docker", "import", "-", IMAGE], input=buffer.getvalue(), check=True, capture_output=True)


def remove_image() -> None:
    """Take it away again."""
    subprocess.run(["docker", "rmi", "-f", IMAGE], capture_output=True)


def twelve_provisioners(directory: Path) -> Path:
    """A hundred lines with twelve provisioners, as a person writes them."""
    path = directory / "hundred.pkr.hcl"
    steps = "\n".join(_step(number, "local.greeting", "var.name") for number in range(12))
    path.write_text(f"""variable "name" {{
  type    = string
  default = "web"
}}

variable "sizes" {{
  type    = list(number)
  default = [1, 2, 3]
}}

locals {{
  greeting = "hello ${{var.name}}"
  total    = length(var.sizes)
}}

source "null" "a" {{
  communicator = "none"
}}

build {{
  name    = "all"
  sources = ["source.null.a"]

{steps}
  post-processor "manifest" {{
    output = "manifest.json"
  }}
}}
""")
    return path


def six_hundred_lines(directory: Path) -> Path:
    """Six builds, each with variables, locals and thirteen provisioners: nearly six hundred lines."""
    path = directory / "long.pkr.hcl"
    path.write_text("\n".join(map(_part, range(6))))
    return path


def _part(number: int) -> str:
    steps = "\n".join(_step(step, f"local.tags{number}.Name", f"var.name{number}") for step in range(13))
    return f"""# Part {number}
variable "name{number}" {{
  type        = string
  default     = "web{number}"
  description = "The name of part {number}"
}}

locals {{
  tags{number} = {{
    Name    = "${{var.name{number}}}-${{upper("x")}}"
    Purpose = {number} > 2 ? "test" : "production"
    List    = [for x in [1, 2, 3] : x * 2 if x != {number}]
  }}
}}

source "null" "s{number}" {{
  communicator = "none"
}}

build {{
  name    = "b{number}"
  sources = ["source.null.s{number}"]

{steps}}}
"""


def _step(number: int, text: str, name: str) -> str:
    return f"""  provisioner "shell-local" {{
    environment_vars = ["STEP={number}", "NAME=${{{name}}}"]
    inline           = ["echo step {number}", "echo ${{{text}}}"]
    pause_before     = "1s"
  }}
"""
