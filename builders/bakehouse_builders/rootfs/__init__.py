"""Builder `rootfs`: see `builder`."""

from bakehouse_builders.rootfs.builder import Rootfs

__all__ = ["Rootfs"]
