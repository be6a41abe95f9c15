source "null" "web" {
  communicator = "none"
}

locals {
  name: "web"
}
build {
  sources = ["source.null.web"]
}
