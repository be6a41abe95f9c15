"""Data source `null`: what goes in comes out. For trying a template out (Packer's `datasource/null`)."""

from __future__ import annotations

from dataclasses import dataclass

from bakehouse.sdk import DataSource


class Null(DataSource, type="null"):
    """`data.null.NAME.output` is its `input`."""

    mirrors = {"output": "input"}

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """input: any string."""

        input: str

    @dataclass(frozen=True, kw_only=True)
    class Output:
        """output: the input."""

        output: str

    config: Config

    async def read(self) -> Output:
        """The input."""
        return self.Output(output=self.config.input)
