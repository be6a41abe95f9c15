variable "ports" {
  type    = list(number)
  default = ["http"]
}
source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]
}
