# Four builds that take their time, for pictures of a run in full swing.

variable "packages" {
  type    = list(string)
  default = ["ca-certificates", "curl", "libpcre2", "libssl3", "nginx-common", "nginx", "openssh-server", "rsync"]
}

source "rootfs" "base" {}

build {
  name = "web"

  dynamic "source" {
    for_each = ["edge", "origin", "assets", "tools"]
    labels   = ["rootfs.base"]
    content {
      name   = source.value
      output = "output/slow/${source.value}.tar"
    }
  }

  provisioner "shell" {
    name   = "update lists"
    inline = ["for n in 1 2 3 4 5 6; do echo \"Get:$n stable/main packages [$((n * 311)) kB]\"; sleep 0.1; done"]
  }

  provisioner "shell" {
    name = "install packages"
    inline = concat(
      ["echo 'Reading package lists...'", "echo 'debconf: delaying package configuration' >&2"],
      flatten([for package in var.packages : [
        "echo 'Unpacking ${package} ...'",
        "sleep 0.15",
        "printf 'Setting up \\033[1m${package}\\033[0m ... \\033[32mdone\\033[0m\\n'",
        "sleep 0.15",
      ]]),
    )
  }

  provisioner "shell" {
    name   = "harden"
    inline = ["echo PermitRootLogin no >>/etc/sshd.conf", "sleep 20"]
  }

  provisioner "shell" {
    name   = "smoke test"
    inline = ["test -f /etc/sshd.conf"]
  }

  post-processor "manifest" {
    output = "output/slow/manifest.json"
  }
}
