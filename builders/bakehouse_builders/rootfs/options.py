"""The options of builder `rootfs`, and what cannot be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bakehouse.clients.oci_changes import ChangeError, apply_changes
from bakehouse.clients.oci_reference import parse
from bakehouse.sdk import Argument, Diagnostic, option
from bakehouse_builders.rootfs import bases

_TAG = re.compile(r"[a-z0-9._-]+(?::[0-9]+)?(?:/[a-z0-9._-]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?")


@dataclass(frozen=True, kw_only=True)
class Options:
    """base: "busybox"; "debian" or "debian:SUITE", made with apt; "docker://HOST/NAME[:TAG][@DIGEST]", pulled from
    a registry; or the path of an OCI layout or of an image archive. plain_http: pull over http; on loopback it
    always is.

    output: the path of what is made. format: "oci-archive", one tar that OCI tools and `docker load` take, or
    "oci", a layout directory. changes: Dockerfile instructions for the image's configuration, as Packer's docker
    builder has them. run_as: USER[:GROUP] for provisioners; default the base's own. tag: NAME[:TAG] for
    `docker load`; default the name of the source.
    """

    output: str
    base: str = bases.BUSYBOX
    plain_http: bool = False
    format: str = option(default="oci-archive", choices=("oci-archive", "oci"))
    changes: list[str] = option(factory=list)
    run_as: str = ""
    tag: str = ""


def check_options(config: Options, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
    """What cannot be, with its place in the template."""
    problems: list[Diagnostic] = []
    if bases.is_path(config.base) and not Path(config.base).exists():
        help = f'It is "busybox", "debian", "{bases.REGISTRY}HOST/NAME:TAG", or the path of a layout or archive.'
        problems.append(_about(arguments, "base", f'There is no base "{config.base}"', help))
    if config.base.startswith(bases.REGISTRY) and parse(config.base.removeprefix(bases.REGISTRY)) is None:
        help = f"It is {bases.REGISTRY}HOST/NAME[:TAG][@DIGEST]; the host has a dot or a port in it."
        problems.append(_about(arguments, "base", f'"{config.base}" names no image of a registry', help))
    if "output" in arguments and not config.output and arguments["output"].value == "":
        problems.append(_about(arguments, "output", "The output has no name", "Give the path of an image."))
    if config.tag and not _TAG.fullmatch(config.tag):
        help = "It is NAME[:TAG], in small letters, as docker takes it."
        problems.append(_about(arguments, "tag", f'"{config.tag}" cannot be an image\'s name', help))
    try:
        apply_changes({}, config.changes)
    except ChangeError as error:
        problems.append(_about(arguments, "changes", f"A change cannot be: {error}"))
    return problems


def _about(arguments: Mapping[str, Argument], name: str, summary: str, help: str = "") -> Diagnostic:
    place = arguments.get(name)
    if place is None:
        return Diagnostic(summary, help=help)
    return Diagnostic(summary, location=place.location, source=place.source, help=help)
