variable "l" {
  default = ["a", "b"]
}
source "null" "web" {
  communicator = "none"
}

locals {
  a = "names: ${var.l}"
}
build {
  sources = ["source.null.web"]
}
