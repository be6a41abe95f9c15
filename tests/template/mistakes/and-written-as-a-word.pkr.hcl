source "null" "web" {
  communicator = "none"
}

locals {
  a = true and false
}
build {
  sources = ["source.null.web"]
}
