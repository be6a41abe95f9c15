source "null" "web" {
  communicator = "none"
}

locals {
  a = local.a
}
build {
  sources = ["source.null.web"]
}
