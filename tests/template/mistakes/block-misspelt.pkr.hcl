varaible "a" {
  default = 1
}
source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]
}
