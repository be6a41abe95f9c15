"""Post-processor `shell-local`: scripts on the host, once there is an artifact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bakehouse.clients import local_shell, script_options
from bakehouse.sdk import Argument, Artifact, Context, Diagnostic, Inputs, PostProcessor, Processed


class ShellLocal(PostProcessor, type="shell-local"):
    """Packer's shell-local post-processor: hands its input on and always keeps it."""

    @dataclass(frozen=True, kw_only=True)
    class Config(local_shell.LocalShellConfig):
        """As the other shell-local has them."""

    @classmethod
    def check(cls, config: local_shell.LocalShellConfig, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        return local_shell.check(config, arguments)

    @classmethod
    def inputs(cls, config: local_shell.LocalShellConfig) -> Inputs:
        return script_options.inputs(config)

    @classmethod
    def title(cls, config: local_shell.LocalShellConfig) -> str:
        return local_shell.title(config)

    async def post_process(self, artifact: Artifact, context: Context) -> Processed:
        await local_shell.run(self.config, context)
        return Processed(artifact, keep=True, forced=True)
