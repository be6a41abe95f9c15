data "htp" "one" {
  url = "x"
}
source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]
}
