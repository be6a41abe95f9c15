variable "box" {
  default = { width = 5, height = 6 }
}
source "null" "web" {
  communicator = "none"
}

locals {
  a = var.box.widht
}
build {
  sources = ["source.null.web"]
}
