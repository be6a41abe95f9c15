variable "how_often" {
  default = "twice"
}
source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]

  provisioner "shell-local" {
    inline      = ["true"]
    max_retries = var.how_often
  }
}
