variable "a" {
  default = 1
}
variable "a" {
  default = 2
}
source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]
}
