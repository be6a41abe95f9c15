source "null" "web" {
  communicator = "none"
}

locals {
  a = 1
  b = locals.a
}
build {
  sources = ["source.null.web"]
}
