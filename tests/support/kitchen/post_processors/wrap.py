"""Wraps the artifact as the test says; by default keeps it and makes another."""

from __future__ import annotations

from dataclasses import dataclass

from bakehouse.sdk import Artifact, Context, PostProcessor, Processed
from support.kitchen import KITCHEN


class Wrap(PostProcessor, type="wrap"):
    @dataclass(frozen=True, kw_only=True)
    class Config:
        name: str

    config: Config

    async def post_process(self, artifact: Artifact, context: Context) -> Processed:
        name = self.config.name
        KITCHEN.log.append(f"wrap {name} of {artifact.id}")
        if name in KITCHEN.wraps:
            return await KITCHEN.wraps[name](artifact)

        async def destroy() -> None:
            KITCHEN.log.append(f"destroyed {name}")

        return Processed(Artifact("test.wrap", name, f"wrapped by {name}", destroy=destroy), keep=True)
