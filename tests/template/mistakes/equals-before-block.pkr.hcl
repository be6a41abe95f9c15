source = "null" "web" {
}
build {
  sources = ["source.null.web"]
}
