variable "on" {
  default = "yes"
}
source "null" "web" {
  communicator = "none"
}

locals {
  a = var.on ? 1 : 2
}
build {
  sources = ["source.null.web"]
}
