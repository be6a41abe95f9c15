variable "a" {
  default = "x"
}
variable "b" {
  default = "${var.a}-y"
}
source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]
}
