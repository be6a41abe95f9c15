"""Components that neither we have nor a well-known plugin: which of their options are blocks is a guess."""

from __future__ import annotations

from bakehouse import registry
from bakehouse.errors import Diagnostic
from bakehouse.sdk.decode import nearest
from bakehouse.template.legacy.reading import read_parts
from bakehouse.template.problems import Problems
from bakehouse.template.upgrade.hcl.plugins import plugin_of
from bakehouse.template.upgrade.reading import LegacyFile


def unknown_components(file: LegacyFile, secrets: set[str]) -> list[Diagnostic]:
    """An error for each place at which a template names a component that nobody knows. secrets: never shown."""
    problems = Problems()
    problems.secrets |= secrets
    parts = read_parts(file.root, problems)
    cleanup = [] if parts.cleanup is None else [parts.cleanup]
    for part in (*parts.builders, *parts.provisioners, *cleanup, *(link for chain in parts.chains for link in chain)):
        known = registry.names(part.kind.replace("-", "_"))
        if part.type not in known and not plugin_of(part.type):
            detail = "Which of its options are blocks is a guess: objects of nothing but simple values became maps."
            summary = f'Unknown {part.kind} "{part.type}"'
            problems.error(part.type_place, summary, detail, nearest(part.type, known))
    return problems.found
