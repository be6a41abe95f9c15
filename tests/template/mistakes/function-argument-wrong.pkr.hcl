variable "n" {
  default = "five"
}
source "null" "web" {
  communicator = "none"
}

locals {
  a = max(1, var.n)
}
build {
  sources = ["source.null.web"]
}
