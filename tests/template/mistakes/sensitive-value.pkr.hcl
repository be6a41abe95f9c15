variable "password" {
  default   = "hunter22"
  sensitive = true
}
source "null" "web" {
  communicator = "none"
}

locals {
  a = var.password * 2
}
build {
  sources = ["source.null.web"]
}
