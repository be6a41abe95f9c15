variable "dir" {
  default = "scripts"
}
source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]

  provisioner "shell-local" {
    script = "${var.dir}/install.sh"
  }
}
