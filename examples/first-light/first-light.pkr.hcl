# Three small images from one template, on nothing but the kernel: no daemon, no base image to download.
#
#   bakehouse build examples/first-light
#   bakehouse build -var publish=scripts/publish-broken.sh examples/first-light

packer {
  required_version = ">= 1.7.0"
}

variable "release" {
  type        = string
  default     = "2026.11"
  description = "What the images say they are."

  validation {
    condition     = can(regex("^[0-9]{4}\\.[0-9]{2}$", var.release))
    error_message = "The release must look like 2026.11."
  }
}

variable "publish" {
  type        = string
  default     = "scripts/publish.sh"
  description = "The script that puts the site in its place; publish-broken.sh has a mistake to find."
}

variable "token" {
  type        = string
  default     = "first-light-c0ffee"
  sensitive   = true
  description = "Handed to a script that prints it by mistake: the log shows <sensitive> in its place."
}

variable "services" {
  type = map(object({
    port  = number
    users = list(string)
  }))
  default = {
    web     = { port = 8080, users = ["www"] }
    files   = { port = 8081, users = ["www", "backup"] }
    toolbox = { port = 0, users = ["operator"] }
  }
}

locals {
  output   = "output/first-light"
  served   = { for name, service in var.services : name => service.port if service.port > 0 }
  greeting = <<-EOT
    Bakehouse first light ${var.release}
    ${join("\n", [for name, port in local.served : format("%-8s http://127.0.0.1:%d/", name, port)])}
  EOT
}

source "rootfs" "busybox" {
  base   = "busybox"
  format = "oci-archive"
}

build {
  name        = "first-light"
  description = "A web server, a file server and a box of tools."

  source "rootfs.busybox" {
    name   = "web"
    output = "${local.output}/web.tar"
    changes = [
      "WORKDIR /srv/www",
      "EXPOSE ${var.services.web.port}",
      "CMD [\"httpd\", \"-f\", \"-p\", \"${var.services.web.port}\", \"-h\", \"/srv/www\"]",
    ]
  }

  source "rootfs.busybox" {
    name    = "files"
    output  = "${local.output}/files.tar"
    changes = ["CMD [\"httpd\", \"-f\", \"-p\", \"${var.services.files.port}\", \"-h\", \"/srv/files\"]"]
  }

  source "rootfs.busybox" {
    name    = "toolbox"
    output  = "${local.output}/toolbox.tar"
    changes = ["CMD [\"sh\", \"-l\"]"]
  }

  provisioner "shell" {
    name   = "accounts"
    script = "${path.root}/scripts/accounts.sh"
    env = {
      USERS = join(" ", distinct(flatten([for service in values(var.services) : service.users])))
    }
  }

  provisioner "file" {
    name        = "site"
    source      = "${path.root}/site"
    destination = "/tmp"
    except      = ["rootfs.toolbox"]
  }

  provisioner "shell" {
    name   = "publish"
    script = "${path.root}/${var.publish}"
    except = ["rootfs.toolbox"]
    env = {
      ROOT    = "/srv/${source.name == "web" ? "www" : "files"}"
      RELEASE = var.release
    }
  }

  provisioner "shell" {
    name = "greeting"
    env  = { TOKEN = var.token }
    inline = [
      "set -eu",
      "cat >/etc/motd <<'END'\n${local.greeting}END",
      "echo \"signing in with $TOKEN\"",
      "echo ${upper(source.name)} ${var.release} >/etc/release",
      "cat /etc/motd /etc/release",
    ]
  }

  provisioner "shell" {
    name    = "smoke test"
    only    = ["rootfs.web", "rootfs.files"]
    script  = "${path.root}/scripts/smoke-test.sh"
    timeout = "30s"
    env = {
      ROOT = "/srv/${source.name == "web" ? "www" : "files"}"
      PORT = "${lookup(local.served, source.name, 0) + 20000}"
    }
  }

  post-processors {
    post-processor "checksum" {
      checksum_types = ["sha256"]
      output         = "${local.output}/{{.ChecksumType}}sums"
    }
    post-processor "manifest" {
      output      = "${local.output}/manifest.json"
      custom_data = { release = var.release, image = source.name }
    }
  }

  post-processor "shell-local" {
    name   = "say where it is"
    inline = ["echo \"$PACKER_BUILDER_TYPE image ${source.name} is ready in ${local.output}\""]
  }
}
