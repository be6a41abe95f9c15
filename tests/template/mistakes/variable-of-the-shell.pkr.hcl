source "null" "x" {
  communicator = "none"
}

build {
  sources = ["null.x"]
  provisioner "shell-local" {
    inline = ["echo ${HOME}"]
  }
}
