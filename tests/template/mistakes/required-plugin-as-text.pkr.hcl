packer {
  required_plugins {
    docker = ">= 1.0"
  }
}
source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]
}
