source "null" "web" {
  communicator = "none"
}

locals {
  a = 
}

locals {
  b = [1 2]
}

locals {
  c = 5 +
}

build {
  sources = ["source.null.web"]
}
