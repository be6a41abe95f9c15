variable "image" {
  default = "x"
}
source "null" "web" {
  communicator = "none"
}

locals {
  a = image
}
build {
  sources = ["source.null.web"]
}
