source "nul" "web" {
}
build {
  sources = ["source.nul.web"]
}
