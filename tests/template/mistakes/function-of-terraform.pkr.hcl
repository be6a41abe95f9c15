source "null" "web" {
  communicator = "none"
}

locals {
  a = matchkeys([1], [2], [3])
  b = filesha256("x")
}

build {
  sources = ["null.web"]
}
