source "null" "web" {
  communicator = "none"
}

locals {
	name = "日本語" + 1
}
build {
  sources = ["source.null.web"]
}
