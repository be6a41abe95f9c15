"""What the docker tests share."""

from support.docker import docker_image

__all__ = ["docker_image"]
