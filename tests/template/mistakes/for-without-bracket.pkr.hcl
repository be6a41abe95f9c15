source "null" "web" {
  communicator = "none"
}

locals {
  a = [for x in [1, 2] : x
  b = 2
}

build {
  sources = ["null.web"]
}
