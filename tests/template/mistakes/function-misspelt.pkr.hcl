source "null" "web" {
  communicator = "none"
}

locals {
  a = uper("x")
}
build {
  sources = ["source.null.web"]
}
