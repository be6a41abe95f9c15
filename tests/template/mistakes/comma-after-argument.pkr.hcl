source "null" "web" {
  communicator = "none"
}

locals {
  a = 1,
  b = 2
}
build {
  sources = ["source.null.web"]
}
