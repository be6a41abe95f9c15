source "null" "web" {
  communicator = "none"
}

locals {
  a = file("none.txt")
}
build {
  sources = ["source.null.web"]
}
