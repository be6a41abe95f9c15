"""`inspect`: what a template declares, in the format that Packer prints."""

from __future__ import annotations

from collections.abc import Iterator

from bakehouse.template.builds import BuildBlock
from bakehouse.template.compile import printable, read_template, value_template
from bakehouse.template.dynamic import Placed
from bakehouse.template.plan import Request
from bakehouse.template.printing import quote


def describe(request: Request) -> str:
    """Variables, locals and builds. As in Packer, what could not run is shown as far as it can be.

    A variable that is not set is `<unset>`, a local that has no value `<unknown>`. Raises TemplateError for a template
    that cannot be read.
    """
    read = read_template(request)
    read.problems.stop_if_fatal()
    valued = value_template(read, strict=False)
    values = {name: assigned.value for name, assigned in valued.values.items()}
    variables = printable(values) | {name: "<unset>" for name in read.declared if name not in values}
    lines = ["Packer Inspect: HCL2 mode", "", "> input-variables:", ""]
    lines += [f"var.{name}: {quote(text)}" for name, text in sorted(variables.items())]
    lines += ["", "> local-variables:", ""]
    local_values = dict.fromkeys(read.locals, "<unknown>") | printable(valued.locals)
    lines += [f"local.{name}: {quote(text)}" for name, text in sorted(local_values.items())]
    lines += ["", "> builds:", ""]
    for number, block in enumerate(valued.blocks):
        lines += _build(block, number)
    return "\n".join(lines) + "\n"


def _build(block: BuildBlock, number: int) -> Iterator[str]:
    yield from (f"  > {block.name or f'<unnamed build {number}>'}:", "")
    if block.description:
        yield from (f"  > Description: {block.description}", "")
    sources = [f"{usage.builder}.{usage.name}" for usage in block.usages]
    yield from _section("sources", sources or ["<no source>"])
    yield from _section("provisioners", [_named(each) for each in block.provisioners] or ["<no provisioner>"])
    yield from ("    post-processors:", "")
    for place, chain in enumerate(block.chains):
        yield f"      {place}:"
        yield from (f"        {_named(link)}" for link in chain)
    yield from ([""] if block.chains else ["      <no post-processor>", ""])


def _section(title: str, entries: list[str]) -> Iterator[str]:
    yield from (f"    {title}:", "")
    yield from (f"      {entry}" for entry in entries)
    yield ""


def _named(placed: Placed) -> str:
    """`TYPE.NAME`; a name that is not a plain string is left out, as it depends on the source."""
    attribute = placed.body.attributes.get("name")
    name = getattr(attribute.expression, "value", None) if attribute else None
    type = placed.block.labels[0]
    return f"{type}.{name}" if isinstance(name, str) else type
