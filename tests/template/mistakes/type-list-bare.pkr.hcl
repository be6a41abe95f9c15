variable "a" {
  type = lst(string)
  default = []
}
source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]
}
