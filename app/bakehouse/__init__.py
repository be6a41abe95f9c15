"""Bakehouse: build machine and container images from Packer templates, and watch, stop, enter and repair them."""

__version__ = "0.1.0"
PACKER_VERSION = "1.16.0"
"""The release of Packer whose behaviour is followed: `packer.version`, and what `required_version` is held against."""
