variable "l" {
  default = ["a", "b"]
}
source "null" "web" {
  communicator = "none"
}

locals {
  a = var.l[2]
}
build {
  sources = ["source.null.web"]
}
