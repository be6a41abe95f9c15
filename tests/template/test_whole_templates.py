"""Templates as people have them, for builders that are not all there: what can be read is read, and what is missing is
named, with where it stands and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.cli.verbs import dispatch

COMMON = """
variable "REGISTRY" {
  default = env("REGISTRY")
}
variable "packages" {
  type    = list(string)
  default = ["git", "vim"]
}
locals {
  started = formatdate("YYYYMMDD", "2026-01-02T03:04:05Z")
}
"""
ISO = """
source "virtualbox-iso" "base" {
  boot_command     = ["<esc><wait>", "linux inst.ks=http://{{ .HTTPIP }}:{{ .HTTPPort }}/ks.cfg<enter>"]
  boot_wait        = "3s"
  iso_url          = "https://images.example.com/base.iso"
  iso_checksum     = "none"
  ssh_username     = "root"
  ssh_password     = "secret-of-root"
  shutdown_command = "shutdown -P now"
}
build {
  sources = ["sources.virtualbox-iso.base"]
  provisioner "file" {
    content     = "hello"
    destination = "/etc/motd"
  }
}
"""
MACHINES = """
packer {
  required_version = ">= 1.7.9"
}
variable "disk" {
  type = object({ size = number, kind = string })
}
source "qemu" "base" {
  disk_size   = var.disk.size
  qemuargs    = [["-m", "1024M"], ["-smp", "2"]]
  accelerator = "kvm"
}
source "null" "localhost" {
  ssh_host       = "127.0.0.1"
  ssh_username   = "me"
  ssh_agent_auth = true
}
build {
  name    = "machines"
  sources = ["null.localhost"]
  source "qemu.base" {
    name     = "arm"
    cpu_model = "cortex-a57"
  }
  provisioner "ansible" {
    playbook_file = "playbook.yml"
  }
  provisioner "shell-local" {
    environment_vars = ["RUN=${build.PackerRunUUID}", "WHICH=${source.name}"]
    inline           = [<<EOF
      ansible-playbook /dev/stdin <<PLAY
      - hosts: all
      PLAY
    EOF
    ]
  }
  provisioner "breakpoint" {
    only = ["qemu.arm"]
    note = "look around"
  }
  error-cleanup-provisioner "file" {
    direction   = "download"
    source      = "/var/log/install.log"
    destination = "${source.name}.log"
  }
  post-processor "shell-local" {
    only   = ["qemu.arm"]
    inline = ["pzstd $PACKER_BUILD_NAME"]
  }
}
"""
CLOUD = """
data "amazon-ami" "newest" {
  filters     = { name = "base-*" }
  owners      = ["self"]
  most_recent = true
}
locals {
  id = uuidv4()
}
source "amazon-ebs" "web" {
  source_ami   = data.amazon-ami.newest.id
  ami_name     = "web-${local.id}"
  ssh_username = "ec2-user"
}
source "googlecompute" "web" {
  project_id = "p"
}
build {
  sources = ["amazon-ebs.web", "source.googlecompute.web"]
  provisioner "shell" {
    inline = ["echo ${vault("secret/data/web", "key")}"]
  }
  post-processor "googlecompute-export" {
    paths               = ["gs://bucket/web.tar.gz"]
    keep_input_artifact = true
  }
}
"""
CONTAINERS = """
source "docker" "base" {
  image       = "ubuntu:24.04"
  export_path = "${source.name}.tar"
}
build {
  dynamic "source" {
    for_each = { "base-arm64" = "arm64", "base-amd64" = "amd64" }
    labels   = ["docker.base"]
    content {
      name     = source.key
      platform = "linux/${source.value}"
    }
  }
  provisioner "shell" {
    inline = ["apt-get update", "apt-get install -y ${join(" ", var.packages)}"]
  }
  post-processors {
    post-processor "docker-tag" {
      repository = "${var.REGISTRY}/base"
      tags       = [local.started]
    }
    post-processor "docker-push" {
    }
  }
  post-processor "manifest" {
  }
}
"""
REGISTRY = """
packer {
  required_plugins {
    amazon = {
      version = ">= 1.0.1"
      source  = "github.com/hashicorp/amazon"
    }
  }
}
source "amazon-ebs" "gpu" {
  ssh_username = "ec2-user"
}
build {
  name = "gpu children of the base"
  hcp_packer_registry {
    bucket_name = "gpu-images"
    description = <<EOT
For training.
    EOT
    labels = { "team" = "ml" }
  }
  sources = ["source.amazon-ebs.gpu"]
}
"""
LEGACY = '{"builders": [{"type": "virtualbox-iso", "iso_url": "x", "iso_checksum": "none", "ssh_username": "root"}]}'
IN_JSON = '{"source": {"virtualbox-iso": {"base": {"iso_url": "x"}}}, "build": [{"sources": ["virtualbox-iso.base"]}]}'
NO_SOURCE = '{"source": {"virtualbox-iso": {"base": {"iso_url": "x"}}}, "build": {"provisioner": [{"file": {}}]}}'

WHOLE: dict[str, tuple[dict[str, str], list[str]]] = {
    "iso": ({"a.pkr.hcl": ISO}, ['builder "virtualbox-iso"', "github.com/hashicorp/virtualbox", "a.pkr.hcl:2,8"]),
    "iso-legacy": ({"a.json": LEGACY}, ['"virtualbox-iso"']),
    "iso-json": ({"a.pkr.json": IN_JSON}, ['builder "virtualbox-iso"', "a.pkr.json:1,"]),
    "json-without-sources": ({"a.pkr.json": NO_SOURCE}, ["The build block has no source"]),
    "machines": (
        {"a.pkr.hcl": MACHINES, "a.auto.pkrvars.hcl": 'disk = { size = 5, kind = "qcow2" }\n'},
        ['builder "qemu"', 'provisioner "ansible"', "github.com/hashicorp/ansible"],
    ),
    "cloud": (
        {"a.pkr.hcl": CLOUD},
        ['data source "amazon-ami"', 'builder "amazon-ebs"', 'post-processor "googlecompute-export"'],
    ),
    "containers": ({"a.pkr.hcl": CONTAINERS, "common.pkr.hcl": COMMON}, ['post-processor "docker-push"']),
    "registry": (
        {"a.pkr.hcl": REGISTRY},
        ["A plugin is missing", 'Not built in: "amazon" (a.pkr.hcl:4)', "The template uses of it: amazon-ebs."],
    ),
}


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = dispatch(list(words))
    said = capsys.readouterr()
    return status, said.out + said.err


def write(directory: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        (directory / name).write_text(text)
    return next(iter(files)) if len(files) == 1 else "."


@pytest.mark.parametrize("name", WHOLE)
def test_it_is_read_and_what_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    files, wanted = WHOLE[name]
    monkeypatch.chdir(tmp_path)
    given = write(tmp_path, files)
    assert run(capsys, "validate", "-syntax-only", given) == (0, "Syntax-only check passed. Everything looks okay.\n")
    assert run(capsys, "inspect", given)[0] == 0
    status, said = run(capsys, "validate", given)
    assert status == 1
    assert [text for text in wanted if text not in said] == []


def test_what_a_missing_builder_s_template_has_besides_is_checked_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"a.pkr.hcl": ISO.replace("destination =", "destinatoin =")})
    said = run(capsys, "validate", "a.pkr.hcl")[1]
    assert 'There is no builder "virtualbox-iso" yet' in said and 'Did you mean "destination"?' in said


def test_a_directory_of_links_is_one_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "common").mkdir()
    (tmp_path / "web").mkdir()
    write(tmp_path / "common", {"common.pkr.hcl": COMMON})
    (tmp_path / "web/common.pkr.hcl").symlink_to("../common/common.pkr.hcl")
    text = (
        'source "null" "x" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.x"]\n  name = local.started\n}\n'
    )
    write(tmp_path / "web", {"build.pkr.hcl": text})
    monkeypatch.chdir(tmp_path / "web")
    assert run(capsys, "validate", ".")[0] == 0
    assert run(capsys, "validate", "build.pkr.hcl")[0] == 1


def test_a_link_that_git_wrote_as_a_file_is_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, {"common.pkr.hcl": "../common/common.pkr.hcl"})
    status, said = run(capsys, "validate", "-syntax-only", ".")
    assert status == 1
    assert said.startswith("Error: This is a symbolic link that became a file\n  common.pkr.hcl:1,1\n")


@pytest.mark.parametrize(
    "line, said",
    [
        ('inline = [\n      "a"\n      "b"\n    ]', "comma"),
        ('inline = ["echo ${USER}"]', 'There is no "USER" here'),
        ('inline = ["echo ${var.IMG_VERSON}"]', 'There is no variable "IMG_VERSON"'),
    ],
)
def test_what_is_wrong_in_it_is_said_for_beginners(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    source = 'variable "IMG_VERSION" {\n  default = "1"\n}\nsource "null" "x" {\n  communicator = "none"\n}\n'
    build = f'build {{\n  sources = ["null.x"]\n  provisioner "shell-local" {{\n    {line}\n  }}\n}}\n'
    write(tmp_path, {"a.pkr.hcl": source + build})
    status, text = run(capsys, "validate", "a.pkr.hcl")
    assert status == 1 and said in text and "a.pkr.hcl:1" in text
