variable "image" {
  type = string
}

source "rootfs" "box" {
  base   = "busybox"
  output = "box.tar"
}

source "docker" "box" {
  image       = var.image
  pull        = false
  commit      = true
  run_command = ["-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "{{.Image}}"]
}

build {
  name    = "bake"
  sources = ["rootfs.box", "docker.box"]

  provisioner "shell" {
    name   = "setup"
    inline = ["mkdir -p /srv/app", "echo base > /srv/app/layers"]
  }

  provisioner "shell" {
    name   = "configure"
    script = "scripts/configure.sh"
  }

  provisioner "shell" {
    name   = "install"
    script = "scripts/install.sh"
  }

  provisioner "shell" {
    name   = "extras"
    inline = ["echo extras >> /srv/app/layers"]
  }

  provisioner "shell" {
    name   = "license check"
    inline = ["echo no license server >&2", "exit 9"]
  }

  post-processor "manifest" {
    output = "manifest.json"
  }
}
