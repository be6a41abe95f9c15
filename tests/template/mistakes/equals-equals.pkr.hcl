source "null" "web" {
  communicator = "none"
}

locals {
  a == 1
}
build {
  sources = ["source.null.web"]
}
