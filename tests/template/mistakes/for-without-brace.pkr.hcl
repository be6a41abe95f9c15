source "null" "web" {
  communicator = "none"
}

locals {
  a = { for k, v in { x = 1 } : k => v
  b = 2
}

build {
  sources = ["null.web"]
}
