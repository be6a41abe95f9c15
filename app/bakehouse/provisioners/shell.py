"""Provisioner `shell`: scripts in the machine."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from bakehouse.clients import script_options, script_trace, scripts
from bakehouse.clients.scripts import quote
from bakehouse.sdk import (
    Argument,
    Command,
    CommandFailed,
    Communicator,
    Diagnostic,
    Inputs,
    Machine,
    OnOutput,
    Provisioner,
    ScriptWatch,
    StepError,
    option,
)
from bakehouse.sdk.decode import Duration
from bakehouse.sdk.late import render

PLAIN = "chmod +x {{.Path}}; {{.Vars}} {{.Path}}"
WITH_FILE = "chmod +x {{.Path}}; . {{.EnvVarFile}} && {{.Path}}"
RETRY_EVERY = 2.0


class Shell(Provisioner, type="shell"):
    """Packer's shell provisioner.

    Each script is uploaded with mode 0755, run by `execute_command`, and removed by the same command line, so that a
    step costs two round trips. Variables reach it by its environment (see `bakehouse.clients.scripts`).
    """

    @dataclass(frozen=True, kw_only=True)
    class Config(script_options.RemoteScriptConfig):
        """Packer's options, with Packer's defaults. Times in seconds."""

        remote_folder: str = "/tmp"
        remote_file: str = ""
        execute_command: str = option(default="", late=("Path", "Vars", "EnvVarFile"))
        inline_shebang: str | None = None
        use_env_var_file: bool = False
        pause_after: Duration = 0.0
        skip_clean: bool = False
        expect_disconnect: bool = False

    config: Config

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        return script_options.check(config, arguments)

    @classmethod
    def inputs(cls, config: Config) -> Inputs:
        return script_options.inputs(config)

    @classmethod
    def title(cls, config: Config) -> str:
        return script_options.title(config, cls.type)

    async def provision(self, machine: Machine) -> None:
        communicator = machine.communicator
        if communicator is None:
            raise StepError(
                f"There is no machine to run a script in: {machine.context.build.builder_type} has no "
                'communicator. Use "shell-local" to run it on the host.'
            )
        for shown, content in self._contents(machine):
            machine.say(f"Provisioning with shell script: {shown}")
            await self._run(machine, communicator, content, self._watch(machine, shown))
        if self.config.pause_after:
            machine.say(f"Pausing {self.config.pause_after:g} s after this provisioner...")
            await asyncio.sleep(self.config.pause_after)

    def _watch(self, machine: Machine, shown: str) -> ScriptWatch | None:
        if self.inputs(self.config).scripts:
            return machine.context.watch(shown)
        return script_trace.InlineWatch.of(machine.context.watch(""), self.config.inline, self.config.inline_shebang)

    def _contents(self, machine: Machine) -> list[tuple[str, bytes]]:
        paths = self.inputs(self.config).scripts
        if not paths:
            content = scripts.inline_script(self.config.inline, self.config.inline_shebang)
            found = [(scripts.first_command(self.config.inline) or "inline", content)]
        else:
            found = [(path, machine.context.read(path)) for path in paths]
        if self.config.binary:
            return found
        return [(shown, content.replace(b"\r\n", b"\n")) for shown, content in found]

    async def _run(
        self, machine: Machine, communicator: Communicator, content: bytes, watch: ScriptWatch | None
    ) -> None:
        path = self._remote_path()
        values = scripts.environment(self.config.environment_vars, self.config.env, machine.context.build)
        variable_file = f"{self.config.remote_folder}/varfile_{secrets.token_hex(4)}"
        if self.config.use_env_var_file:
            text = scripts.variables_text(values, self.config.env_var_format or "export %s='%s'\n")
            await communicator.upload(text.encode(), variable_file, mode=0o600)
        line = self._command_line(machine, path, variable_file, values)
        environment = {} if self.config.use_env_var_file else values
        leftovers = f"rm -f {quote(path)}" + (f" {quote(variable_file)}" if self.config.use_env_var_file else "")

        async def start(content: bytes, removal: str) -> int:
            """removal: of what following the script has put into the machine."""
            gone = "; ".join(filter(None, [removal, "" if self.config.skip_clean else leftovers]))
            whole = f"({line}\n); status=$?; {gone}; exit $status" if gone else line
            return await self._start(communicator, content, path, Command(whole, environment), machine.context.output)

        try:
            if watch is None:
                status = await start(content, "")
            else:
                make = partial(script_trace.MachineTrace, communicator, self.config.remote_folder)
                script = script_trace.Script(content, self._marked())
                status = await script_trace.follow(watch, script, make, start)
        except StepError:
            if self.config.expect_disconnect:
                return
            raise
        except asyncio.CancelledError:
            await asyncio.shield(self._clean(communicator, leftovers))
            raise
        if status not in self.config.valid_exit_codes:
            allowed = ", ".join(map(str, self.config.valid_exit_codes))
            raise CommandFailed(
                f"Script exited with non-zero exit status: {status}. Allowed exit codes are: [{allowed}]",
                exit_status=status,
            )

    def _remote_path(self) -> str:
        if self.config.remote_path:
            return self.config.remote_path
        name = self.config.remote_file or f"script_{secrets.randbelow(10000):04d}.sh"
        return f"{self.config.remote_folder}/{name}"

    async def _start(
        self, communicator: Communicator, content: bytes, path: str, command: Command, on_output: OnOutput
    ) -> int:
        if not self.config.expect_disconnect:
            return await communicator.run_script(content, path, command, on_output)
        await self._upload_patiently(communicator, content, path)
        return await communicator.run(command, on_output)

    async def _upload_patiently(self, communicator: Communicator, content: bytes, path: str) -> None:
        """What ran before may have cut the machine off for a while."""
        deadline = time.monotonic() + self.config.start_retry_timeout
        while True:
            try:
                return await communicator.upload(content, path, mode=0o755)
            except StepError:
                if time.monotonic() + RETRY_EVERY > deadline:
                    raise
                await asyncio.sleep(RETRY_EVERY)

    def _marked(self) -> str:
        """The command line as far as it tells what runs the script."""
        placed, _ = scripts.place_variables(self._template, {}, "%s='%s' ")
        return render(placed, {"Path": script_trace.SCRIPT_MARK, "Vars": "", "EnvVarFile": "variables"})

    @property
    def _template(self) -> str:
        return self.config.execute_command or (WITH_FILE if self.config.use_env_var_file else PLAIN)

    def _command_line(self, machine: Machine, path: str, variable_file: str, values: Mapping[str, str]) -> str:
        form = self.config.env_var_format or "%s='%s' "
        placed, exposes = scripts.place_variables(self._template, values, form)
        if exposes:
            machine.context.warn("execute_command puts the values of variables on a command line, where ps shows them.")
        return render(placed, {"Path": path, "Vars": "", "EnvVarFile": variable_file})

    async def _clean(self, communicator: Communicator, leftovers: str) -> None:
        try:
            async with asyncio.timeout(5):
                await communicator.run(Command(leftovers), lambda stream, data: None)
        except (StepError, TimeoutError):
            return
