packer {
  required_version = "later than 1"
}
source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]
}
