source "null" "web" {
  communicator = "none"
}

