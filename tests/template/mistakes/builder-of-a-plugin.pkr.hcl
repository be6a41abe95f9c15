source "amazon-ebs" "web" {
  ami_name = "x"
}
build {
  sources = ["source.amazon-ebs.web"]
}
