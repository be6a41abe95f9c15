"""Which files a template is made of. Source of the rules: Packer's path resolution (`hcl2template/parser.go`)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template.plan import Request
from bakehouse.template.problems import mistake
from bakehouse.template.syntax.parse import parse_file
from bakehouse.template.syntax.tree import AttributeDefinition, Block, Body, Expression, Literal, Range, SourceFile

SUFFIX = ".pkr.hcl"
AUTO_SUFFIX = ".auto.pkrvars.hcl"
AUTO_JSON_SUFFIX = ".auto.pkrvars.json"


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file that was read. path: absolute; source: its text, under the name that people know.

    damaged: it is not all UTF-8; in the text U+FFFD stands for each byte that is no character.
    """

    path: str
    source: SourceFile
    content: bytes
    damaged: bool = False

    def parse(self) -> Body:
        """Its tree. Raises TemplateError. Bytes that are no characters are let through in comments, as by Packer."""
        body = parse_file(self.source)
        if self.damaged and (place := _damage(body)):
            help = "Save the file as UTF-8. Only in comments anything may stand."
            raise mistake(place, "This is not UTF-8", "A byte here is no character.", help)
        return body


@dataclass(frozen=True, slots=True)
class TemplateFiles:
    """root: `path.root`, as given on the command line. directory: the same, absolute.

    texts: the template's files in order. auto_variables: paths of the `*.auto.pkrvars.*` files, which Packer reads
    only for a directory, those in JSON last.
    """

    root: str
    directory: str
    texts: list[TextFile]
    auto_variables: list[str]


def find_template(request: Request) -> TemplateFiles:
    """Read the file, or every `*.pkr.hcl` of the directory. Raises TemplateError if there is none."""
    given = request.template
    if given == "-":
        raise _refused(
            "A template on standard input is not supported yet", "", f"Write it to a file *{SUFFIX} and name that."
        )
    path = os.path.join(request.cwd, given)
    if os.path.isdir(path):
        return _directory(request.cwd, given, path)
    if not os.path.exists(path):
        raise _refused(f'There is no template "{given}"', "No file or directory of this name.", _looking_in(request))
    _check_name(given)
    root = os.path.dirname(given) or "."
    return TemplateFiles(root, os.path.normpath(os.path.join(request.cwd, root)), [read_text(request.cwd, given)], [])


def read_text(cwd: str, name: str) -> TextFile:
    """A text file by the name people gave it. Raises TemplateError if it cannot be read."""
    path = os.path.normpath(os.path.join(cwd, name))
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise _refused(f'Cannot read "{name}"', f"{error.strerror or error}.") from None
    text = content.decode(errors="surrogateescape").removeprefix("\ufeff")
    mended = re.sub("[\udc80-\udcff]", "\ufffd", text)
    return TextFile(path, SourceFile(os.path.normpath(name), mended), content, damaged=mended != text)


def _damage(node: Any) -> Range | None:
    """The first string or label below a node of the tree that holds U+FFFD."""
    if isinstance(node, Literal) and isinstance(node.value, str) and "\ufffd" in node.value:
        return node.range
    if isinstance(node, Block):
        labels = zip(node.labels, node.label_ranges, strict=False)
        return next((place for label, place in labels if "\ufffd" in label), None) or _damage(node.body)
    if isinstance(node, dict):
        node = tuple(node.values())
    if isinstance(node, tuple):
        return next(filter(None, map(_damage, node)), None)
    if isinstance(node, Body | AttributeDefinition | Expression):
        return _damage(tuple(getattr(node, name) for name in node.__struct_fields__))
    return None


def _directory(cwd: str, given: str, path: str) -> TemplateFiles:
    names = sorted(os.listdir(path))
    json_names = [name for name in names if name.endswith(".pkr.json")]
    if json_names:
        raise _json_not_yet(os.path.join(given, json_names[0]))
    templates = [name for name in names if name.endswith(SUFFIX)]
    if not templates:
        raise _refused(
            f'There is no template in "{given}"',
            f"The directory has no file whose name ends in {SUFFIX}.",
            "Name a template file, or a directory that holds some.",
        )
    texts = [read_text(cwd, os.path.join(given, name)) for name in templates]
    variables = [
        os.path.join(given, name)
        for suffix in (AUTO_SUFFIX, AUTO_JSON_SUFFIX)
        for name in names
        if name.endswith(suffix)
    ]
    root = os.path.normpath(given)
    return TemplateFiles(root, os.path.normpath(path), texts, variables)


def _check_name(given: str) -> None:
    if given.endswith(SUFFIX):
        return
    if given.endswith(".json"):
        raise _json_not_yet(given)
    raise _refused(
        f'"{given}" is not named as a template',
        f"The name of a template ends in {SUFFIX}.",
        f"Rename it to end in {SUFFIX}.",
    )


def _json_not_yet(name: str) -> TemplateError:
    return _refused(
        f'"{name}" is a JSON template, which is not supported yet',
        "",
        f"Write it in HCL, in a file *{SUFFIX}; `packer hcl2_upgrade` converts older templates.",
    )


def _looking_in(request: Request) -> str:
    return f"Looked in {os.path.dirname(os.path.normpath(os.path.join(request.cwd, request.template)))}."


def _refused(summary: str, detail: str = "", help: str = "") -> TemplateError:
    return TemplateError([Diagnostic(summary, detail, help=help)])
