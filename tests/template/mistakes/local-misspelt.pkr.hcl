source "null" "web" {
  communicator = "none"
}

locals {
  version = "1"
  a = local.verison
}
build {
  sources = ["source.null.web"]
}
