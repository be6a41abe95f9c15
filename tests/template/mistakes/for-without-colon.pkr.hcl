source "null" "web" {
  communicator = "none"
}

locals {
  a = [for x in [1, 2] x]
}
build {
  sources = ["source.null.web"]
}
