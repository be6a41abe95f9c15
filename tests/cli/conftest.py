"""An image for the templates that need one."""

from support.docker import docker_image

__all__ = ["docker_image"]
