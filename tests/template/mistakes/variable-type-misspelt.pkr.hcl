variable "x" {
  tpye = string
}

source "null" "web" {
  communicator = "none"
}

build {
  sources = ["null.web"]
}
locals {
  a = var.x
}
