source "null" "web" {
  communicator = "none"
}

locals {
  a = "x"
  b = "${local.a"
}
build {
  sources = ["source.null.web"]
}
