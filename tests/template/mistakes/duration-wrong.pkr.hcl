source "null" "web" {
  communicator = "none"
}

build {
  sources = ["source.null.web"]

  provisioner "shell-local" {
    inline       = ["true"]
    pause_before = "10 seconds"
  }
}
