source "null" "web" {
  communicator = "none"
}

locals {
  a = 1
  a = 2
}
build {
  sources = ["source.null.web"]
}
