"""Bakehouse: build machine and container images from Packer templates, and watch, stop, enter and repair them."""

__version__ = "0.1.0"
