source "null" "web" {
  communicator = "none"
}

build {
  sources = ["web"]
}
