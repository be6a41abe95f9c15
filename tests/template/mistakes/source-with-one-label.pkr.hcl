source "null" {
}
build {
  sources = ["source.null.web"]
}
