"""What `inspect` prints for people, in the shape that Packer gives it, and its records for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bakehouse.excerpt import harmless
from bakehouse.template.inspection import Build, Component, Inspection, Local, Variable
from bakehouse.template.printing import declared

UNKNOWN = "<unknown>"
AS_WRITTEN = "\nNote: names of builders are shown as they are written. What stands in {{ }} is filled in by a build."
Record = tuple[str, ...]
"""A type and its data; what people read is of the type ""."""


def text(found: Inspection) -> Iterator[Record]:
    """Piece by piece; each is printed with a newline after it."""
    for type, *data in _legacy(found) if found.kind == "json" else _hcl(found):
        yield type, *map(harmless, data)


def _hcl(found: Inspection) -> Iterator[Record]:
    yield "", "Packer Inspect: HCL2 mode\n"
    yield "", "\n".join(declared(_printed(found.variables), _printed(found.locals)))
    lines = ["> builds:", ""]
    for number, build in enumerate(found.builds):
        lines += _build(build, number)
    yield "", "\n".join(lines)


def _printed(found: Sequence[Variable | Local]) -> dict[str, str]:
    return {each.name: UNKNOWN if each.value is None else each.value for each in found}


def _build(build: Build, number: int) -> Iterator[str]:
    yield from (f"  > {build.name or f'<unnamed build {number}>'}:", "")
    if build.description:
        yield from (f"  > Description: {build.description}", "")
    yield from ("    sources:", "")
    for source in build.sources:
        yield from (f"      {_named(source)}", "")
    if not build.sources:
        yield from ("      <no source>", "")
    yield from ("    provisioners:", "")
    yield from (f"      {_named(each)}" for each in build.provisioners)
    yield from ([""] if build.provisioners else ["      <no provisioner>", ""])
    yield from ("    post-processors:", "")
    for place, chain in enumerate(build.post_processors):
        yield f"      {place}:"
        yield from (f"        {_named(link)}" for link in chain)
        yield ""
    if not build.post_processors:
        yield from ("      <no post-processor>", "")


def _named(component: Component) -> str:
    return f"{component.type}.{component.name}" if component.name else component.type


def _legacy(found: Inspection) -> Iterator[Record]:
    yield "", "Packer Inspect: JSON mode"
    if found.description:
        yield "", "Description:\n"
        yield "", f"{found.description}\n"
    yield from _legacy_variables(found)
    (build,) = found.builds
    yield "", ""
    yield "", "Builders:\n"
    for builder in build.sources:
        yield "template-builder", builder.name, builder.type
        width = max(len(each.name) for each in build.sources)
        yield "", f"  {builder.name:{width}}" + (f" ({builder.type})" if builder.name != builder.type else "")
    if not build.sources:
        yield "", "  <No builders>"
    yield "", ""
    yield "", "Provisioners:\n"
    for provisioner in build.provisioners:
        yield "template-provisioner", provisioner.type
        yield "", f"  {provisioner.type}"
    if not build.provisioners:
        yield "", "  <No provisioners>"
    yield "", AS_WRITTEN


def _legacy_variables(found: Inspection) -> Iterator[Record]:
    if not found.variables:
        yield "", "Variables:\n"
        yield "", "  <No variables>"
        return
    required = [each for each in found.variables if each.required]
    if required:
        yield "", "Required variables:\n"
        for each in required:
            yield "template-variable", each.name, "", "1"
            yield "", f"  {each.name}"
        yield "", ""
    yield "", "Optional variables and their defaults:\n"
    width = max(len(each.name) for each in found.variables)
    for each in found.variables:
        if not each.required:
            yield "template-variable", each.name, each.value or "", "0"
            yield "", f"  {each.name:{width}} = {each.value or ''}"
