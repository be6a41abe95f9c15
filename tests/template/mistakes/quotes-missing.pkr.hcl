source "null" "web" {
  communicator = "none"
}

locals {
  name = web server
}
build {
  sources = ["source.null.web"]
}
