source "null" "web" {
  communicator = "none"
}

locals {
  names = ["a" "b"]
}
build {
  sources = ["source.null.web"]
}
