source "null" "web" {
  communicator = "none"
}

locals {
  a = { name }
}
build {
  sources = ["source.null.web"]
}
