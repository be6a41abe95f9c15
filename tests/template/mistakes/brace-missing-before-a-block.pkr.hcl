variable "a" {
  default = {
    size = 5
  }

source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]
}
