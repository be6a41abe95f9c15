source "null" "web" {
  communicator = "none"
}

locals {
  a = upper("x", "y")
}
build {
  sources = ["source.null.web"]
}
