"""`inspect`: what a template declares, in the format that Packer prints."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from bakehouse.errors import TemplateError
from bakehouse.template.builds import BuildBlock
from bakehouse.template.dynamic import Placed
from bakehouse.template.kinds import STRING
from bakehouse.template.plan import Request
from bakehouse.template.printing import quote
from bakehouse.template.reading import SHORT_SECRET, printable, read_template, value_template
from bakehouse.template.surroundings import Surroundings


def describe(request: Request) -> str:
    """Variables, locals and builds, without the last newline.

    As in Packer, what could not run is shown as far as it can be: a variable that is not set and a local that has no
    value are `<unknown>`. Raises TemplateError for a template that cannot be read.
    """
    read = read_template(request)
    read.problems.stop_if_fatal()
    valued = value_template(read, strict=False)
    values = {name: assigned.value for name, assigned in valued.values.items()}
    hide = _Mask(valued.secrets())
    variables = dict.fromkeys(read.declared, "<unknown>") | printable(values)
    lines = ["Packer Inspect: HCL2 mode", "", "> input-variables:", ""]
    lines += [f"var.{name}: {quote(hide(text))}" for name, text in sorted(variables.items())]
    lines += ["", "> local-variables:", ""]
    local_values = dict.fromkeys(read.locals, "<unknown>") | printable(valued.locals)
    lines += [f"local.{name}: {quote(hide(text))}" for name, text in sorted(local_values.items())]
    lines += ["", "> builds:", ""]
    for number, block in enumerate(valued.blocks):
        lines += _build(block, number, valued.around)
    return "\n".join(lines)


class _Mask:
    """Hides secrets that also stand in values that are not sensitive themselves; very short ones stay."""

    def __init__(self, secrets: set[str]) -> None:
        self._secrets = sorted((text for text in secrets if len(text) >= SHORT_SECRET), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "<sensitive>")
        return text


def _build(block: BuildBlock, number: int, around: Surroundings) -> Iterator[str]:
    yield from (f"  > {block.name or f'<unnamed build {number}>'}:", "")
    if block.description:
        yield from (f"  > Description: {block.description}", "")
    yield from ("    sources:", "")
    for usage in block.usages:
        yield from (f"      {usage.builder}.{usage.name}", "")
    if not block.usages:
        yield from ("      <no source>", "")
    yield from ("    provisioners:", "")
    yield from (f"      {_named(each, around)}" for each in block.provisioners)
    yield from ([""] if block.provisioners else ["      <no provisioner>", ""])
    yield from ("    post-processors:", "")
    for place, chain in enumerate(block.chains):
        yield f"      {place}:"
        yield from (f"        {_named(link, around)}" for link in chain)
        yield ""
    if not block.chains:
        yield from ("      <no post-processor>", "")


def _named(placed: Placed, around: Surroundings) -> str:
    """`TYPE.NAME`; a name that depends on the source is left out."""
    attribute = placed.body.attributes.get("name")
    type = placed.block.labels[0]
    if attribute is not None:
        with suppress(TemplateError):
            name = around.adding(placed.bindings).typed(attribute.expression, STRING, "name").payload
            return f"{type}.{name}" if isinstance(name, str) and name else type
    return type
