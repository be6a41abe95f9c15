"""The options of builder `docker`, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bakehouse.clients.docker_run import parse_run_arguments
from bakehouse.sdk import Argument, Diagnostic, StepError, option
from bakehouse.sdk.late import render


@dataclass(frozen=True, kw_only=True)
class Options:
    """Packer's options, with Packer's defaults.

    run_command: as for `docker run`: flags, `{{.Image}}`, a command; the container must stay alive by itself.
    volumes: host path (or volume name) to path in the container. exec_user: runs the provisioners' commands.
    changes: Dockerfile instructions for the committed image; without CMD or ENTRYPOINT among them the image
        keeps those of its source.
    """

    image: str
    commit: bool = False
    export_path: str = ""
    discard: bool = False
    pull: bool = True
    changes: list[str] = option(factory=list)
    message: str = ""
    author: str = ""
    volumes: dict[str, str] = option(factory=dict)
    privileged: bool = False
    exec_user: str = ""
    run_command: list[str] = option(
        factory=lambda: ["-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "{{.Image}}"], late=("Image",)
    )
    communicator: str = option(default="docker", choices=("docker",))
    build: list[dict[str, str]] = option(factory=list, not_yet=True)
    container_dir: str = option(default="", not_yet=True)
    device: list[str] = option(factory=list, not_yet=True)
    cap_add: list[str] = option(factory=list, not_yet=True)
    cap_drop: list[str] = option(factory=list, not_yet=True)
    docker_path: str = option(default="", not_yet=True)
    pty: bool = option(default=False, not_yet=True)
    runtime: str = option(default="", not_yet=True)
    tmpfs: list[str] = option(factory=list, not_yet=True)
    fix_upload_owner: bool = option(default=False, not_yet=True)
    windows_container: bool = option(default=False, not_yet=True)
    platform: str = option(default="", not_yet=True)
    login: bool = option(default=False, not_yet=True)
    login_username: str = option(default="", not_yet=True)
    login_password: str = option(default="", not_yet=True, sensitive=True)
    login_server: str = option(default="", not_yet=True)
    ecr_login: bool = option(default=False, not_yet=True)
    aws_access_key: str = option(default="", not_yet=True, sensitive=True)
    aws_secret_key: str = option(default="", not_yet=True, sensitive=True)
    aws_token: str = option(default="", not_yet=True, sensitive=True)
    aws_profile: str = option(default="", not_yet=True)
    aws_force_use_public_ecr: bool = option(default=False, not_yet=True)


def check_options(config: Options, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
    """What cannot be, with its place in the template."""
    problems = _check_result(config, arguments)
    try:
        parse_run_arguments([render(word, {"Image": config.image or "image"}) for word in config.run_command])
    except StepError as error:
        place = arguments.get("run_command", Argument(None))
        problems.append(Diagnostic("run_command cannot be used", str(error), place.location, source=place.source))
    return problems


def _check_result(config: Options, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
    given = [name for name in ("commit", "export_path", "discard") if getattr(config, name)]
    if len(given) == 1:
        return []
    if not given:
        text = "Say what becomes of the container: commit = true, export_path = PATH or discard = true."
        return [Diagnostic("One of commit, export_path and discard is needed", text)]
    place = arguments.get(given[1], Argument(None))
    text = "What becomes of the container must be one thing: keep one of them."
    return [Diagnostic(f"{' and '.join(given)} exclude each other", text, place.location, source=place.source)]
