variable "m" {
  default = { eu = "ami-1", us = "ami-2" }
}
variable "region" {
  default = "ue"
}
source "null" "web" {
  communicator = "none"
}

locals {
  a = var.m[var.region]
}
build {
  sources = ["source.null.web"]
}
