"""Builder `docker`: containers of a Docker daemon."""

from bakehouse_builders.docker.builder import Docker

__all__ = ["Docker"]
