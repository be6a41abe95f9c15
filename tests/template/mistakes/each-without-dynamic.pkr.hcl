source "null" "web" {
  communicator = "none"
}

locals {
  a = each.value
}
build {
  sources = ["source.null.web"]
}
