source "null" "web" {
  communicator = "none"
}

locals {
  text = <<EOF
hello
}
build {
  sources = ["source.null.web"]
}
