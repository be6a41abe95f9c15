variable "a" {
  default = "x"
}
source "null" "web" {
  communicator = "none"
}

locals {
  a = var.a + "-suffix"
}
build {
  sources = ["source.null.web"]
}
