variable "a" {
  type = "list(string"
  default = []
}
source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]
}
