data "null" "one" {
  input = "x"
}
locals {
  a = data.null.one.ouput
}
source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]
}
