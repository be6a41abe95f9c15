variable "image_name" {
  default = "x"
}
source "null" "web" {
  communicator = "none"
}

locals {
  a = var.imagename
}
build {
  sources = ["source.null.web"]
}
