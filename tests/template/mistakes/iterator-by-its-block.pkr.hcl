source "null" "web" {
  communicator = "none"
}

build {
  sources = ["null.web"]
  dynamic "provisioner" {
    for_each = ["a"]
    labels   = ["shell-local"]
    iterator = it
    content {
      inline = ["echo ${provisioner.value}"]
    }
  }
}
