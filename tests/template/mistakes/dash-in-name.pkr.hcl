source "null" "web" {
  communicator = "none"
}

locals {
  a = 5
  b = local.a-1
}
build {
  sources = ["source.null.web"]
}
