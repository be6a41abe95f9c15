variable "n" { default = 3 }
source "null" "x" { communicator = "none" }
build {
  sources = ["null.x"]
  dynamic "provisioner" {
    labels   = ["shell-local"]
    for_each = [1, 2]
    content {
      inline = ["echo ${provisioner.valeu}"]
    }
  }
}
