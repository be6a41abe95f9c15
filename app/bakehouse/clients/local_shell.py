"""`shell-local`, which Packer has both as a provisioner and as a post-processor: the same options, the same doing."""

from __future__ import annotations

import os
import platform
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from bakehouse.clients import script_options, script_trace, scripts
from bakehouse.clients.process import run_local
from bakehouse.errors import CommandFailed, Diagnostic
from bakehouse.sdk.config import Argument, option
from bakehouse.sdk.late import render
from bakehouse.sdk.machine import Context
from bakehouse.sdk.script import ScriptWatch

SOURCES = ("command", *script_options.SOURCES)
SYSTEMS = ("darwin", "freebsd", "linux", "openbsd", "solaris", "windows")


@dataclass(frozen=True, kw_only=True)
class LocalShellConfig(script_options.ScriptConfig):
    """Packer's options of shell-local, with Packer's defaults.

    execute_command: the program and its arguments; `{{.Script}}` is the script's path, `{{.Vars}}` see
    `bakehouse.clients.scripts`. only_on: names of systems elsewhere than on which it is skipped.
    """

    command: str = ""
    env_var_format: str = "%s='%s' "
    execute_command: list[str] = option(
        factory=lambda: ["/bin/sh", "-c", "{{.Vars}} {{.Script}}"], late=("Vars", "Script", "Command")
    )
    inline_shebang: str | None = None
    only_on: list[str] = option(factory=list)
    tempfile_extension: str = ""
    use_linux_pathing: bool = False


def check(config: LocalShellConfig, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
    """Rules between the options."""
    problems = script_options.check(config, arguments, SOURCES)
    foreign = [name for name in config.only_on if name not in SYSTEMS]
    if foreign:
        place = arguments["only_on"]
        text = f"only_on takes {', '.join(SYSTEMS)}."
        problems.append(Diagnostic(f'No system is called "{foreign[0]}"', text, place.location, source=place.source))
    return problems


def title(config: LocalShellConfig) -> str:
    """The script's base name, or the first command."""
    return scripts.first_command([config.command]) or script_options.title(config, "shell-local")


async def run(config: LocalShellConfig, context: Context) -> None:
    """Run every script in turn. Raises CommandFailed for an exit status that is not allowed."""
    system = platform.system().lower()
    if config.only_on and system not in config.only_on:
        context.say("Skipping shell-local due to runtime OS")
        return
    values = scripts.environment(config.environment_vars, config.env, context.build)
    texts = [config.command] if config.command else config.inline
    if texts:
        content = scripts.inline_script(texts, config.inline_shebang)
        watch = script_trace.InlineWatch.of(context.watch(""), texts, config.inline_shebang)
        await _run_content(config, context, content, values, watch)
        return
    for path in [config.script] if config.script else config.scripts:
        await _run_content(config, context, context.read(path), values, context.watch(path), shown=path)


async def _run_content(
    config: LocalShellConfig,
    context: Context,
    content: bytes,
    values: Mapping[str, str],
    watch: ScriptWatch | None,
    *,
    shown: str = "",
) -> None:
    name = f"packer-shell{secrets.token_hex(6)}{_extension(config)}"
    path = os.path.join(tempfile.gettempdir(), name)
    context.say(f"Running local shell script: {shown or path}")
    await _execute(config, context, (path, content), values, watch)


def _extension(config: LocalShellConfig) -> str:
    extension = config.tempfile_extension
    return f".{extension.lstrip('.')}" if extension else ""


def _marked(config: LocalShellConfig) -> str:
    """The command line as far as it tells what runs the script."""
    words = (scripts.place_variables(word, {}, "%s='%s' ")[0] for word in config.execute_command)
    values = {"Script": script_trace.SCRIPT_MARK, "Command": "", "Vars": ""}
    return " ".join(render(word, values) for word in words)


async def _execute(
    config: LocalShellConfig,
    context: Context,
    script: tuple[str, bytes],
    values: Mapping[str, str],
    watch: ScriptWatch | None,
) -> None:
    arguments, shown = [], False
    for word in config.execute_command:
        placed, exposes = scripts.place_variables(word, values, config.env_var_format)
        arguments.append(render(placed, {"Script": script[0], "Command": config.command, "Vars": ""}))
        shown = shown or exposes
    if shown:
        context.warn("execute_command puts the values of variables on a command line, where ps shows them.")
    extra = {**values, "PACKER_RUN_UUID": context.build.run_uuid}

    async def start(content: bytes, removal: str) -> int:
        there = (script[0], content)
        return await run_local(context, arguments, context.output, environment=extra, script=there, interactive=True)

    if watch is None:
        status = await start(script[1], "")
    else:
        make = partial(script_trace.HostTrace, context.build.state_directory)
        status = await script_trace.follow(watch, script_trace.Script(script[1], _marked(config)), make, start)
    if status not in config.valid_exit_codes:
        allowed = ", ".join(map(str, config.valid_exit_codes))
        message = f"Script exited with non-zero exit status: {status}. Allowed exit codes are: [{allowed}]"
        raise CommandFailed(message, exit_status=status)
