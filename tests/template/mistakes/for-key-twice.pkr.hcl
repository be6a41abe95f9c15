source "null" "web" {
  communicator = "none"
}

locals {
  a = { for x in ["a", "a"] : x => 1 }
}
build {
  sources = ["source.null.web"]
}
