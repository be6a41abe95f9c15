source "null" "web" {
  communicator = "none"
}

locals {
  name = "web
  size = 5
}
build {
  sources = ["source.null.web"]
}
