source "null" "web" {
  communicator = "none"
}

variable "a" {
  default = "x"
}
locals {
  b = "$(var.a) ${vars.a}"
}
build {
  sources = ["source.null.web"]
}
