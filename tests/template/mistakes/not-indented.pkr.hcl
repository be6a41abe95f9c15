build {
sources = ["source.null.web"]
provisioner "shell-local" {
inline = ["true"]
}
