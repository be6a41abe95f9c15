data "null" "one" {
  input = "x"
}
locals {
  a = data.null.oen.output
}
source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]
}
