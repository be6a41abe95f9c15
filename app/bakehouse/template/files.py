"""Which files a template is made of. Source of the rules: Packer's path resolution (`hcl2template/parser.go`)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from bakehouse.template.contents import is_missing, read_contents
from bakehouse.template.plan import Request
from bakehouse.template.problems import mistake
from bakehouse.template.syntax.parse import parse_file
from bakehouse.template.syntax.tree import AttributeDefinition, Block, Body, Expression, Literal, Range, SourceFile

SUFFIX = ".pkr.hcl"
JSON_SUFFIX = ".pkr.json"
STDIN = "-"
STDIN_SHOWN = "<stdin>"
AUTO_SUFFIX = ".auto.pkrvars.hcl"
AUTO_JSON_SUFFIX = ".auto.pkrvars.json"


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file that was read. path: absolute, "" for standard input; source: its text, under the name that people know.

    damaged: it is not all UTF-8; in the text U+FFFD stands for each byte that is no character.
    """

    path: str
    source: SourceFile
    content: bytes
    damaged: bool = False

    def parse(self) -> Body:
        """Its tree. Raises TemplateError. Bytes that are no characters are let through in comments, as by Packer."""
        _refuse_link(self.source)
        if self.source.syntax == "json":
            from bakehouse.template.json_syntax.bodies import parse_json_file

            body = parse_json_file(self.source)
        else:
            body = parse_file(self.source)
        if self.damaged and (place := _damage(body)):
            help = "Save the file as UTF-8. Only in comments anything may stand."
            raise mistake(place, "This is not UTF-8", "A byte here is no character.", help)
        return body


@dataclass(frozen=True, slots=True)
class TemplateFiles:
    """root: `path.root`, as given on the command line. directory: the same, absolute.

    texts: the template's files in order. auto_variables: paths of the `*.auto.pkrvars.*` files, which Packer reads
    only for a directory, those in JSON last. legacy: it is one of Packer's older JSON templates, not HCL.
    """

    root: str
    directory: str
    texts: list[TextFile]
    auto_variables: list[str]
    legacy: bool = False


def find_template(request: Request) -> TemplateFiles:
    """Read what the command line names. Raises TemplateError if there is none.

    `*.pkr.hcl`, `*.pkr.json` and a directory of such files are HCL; every other file is a legacy JSON template.
    Standard input is what `-config-type` says; without it, JSON if it begins with `{`, else HCL.
    """
    given = request.template
    if given == STDIN:
        return _standard_input(request)
    path = os.path.join(request.cwd, given)
    if os.path.isdir(path):
        return _directory(request.cwd, given, path)
    if is_missing(path):
        raise mistake(
            None, f'There is no template "{given}"', "No file or directory of this name.", _looking_in(request)
        )
    root = os.path.dirname(given) or "."
    text = read_text(request.cwd, given)
    legacy = not given.endswith((SUFFIX, JSON_SUFFIX))
    if legacy:
        _check_name(given, text, request.config_type)
    return TemplateFiles(root, os.path.normpath(os.path.join(request.cwd, root)), [text], [], legacy)


def read_text(cwd: str, name: str) -> TextFile:
    """A text file by the name people gave it. Raises TemplateError if it cannot be read."""
    path = os.path.normpath(os.path.join(cwd, name))
    return decoded(path, os.path.normpath(name), read_contents(path, name), name.endswith(".json"))


def decoded(path: str, shown: str, content: bytes, json: bool = False) -> TextFile:
    """Bytes as text; HCL may begin with a byte order mark. path: "" for standard input."""
    text = content.decode(errors="surrogateescape")
    if not json:
        text = text.removeprefix("\ufeff")
    mended = re.sub("[\udc80-\udcff]", "\ufffd", text)
    return TextFile(path, SourceFile(shown, mended, "json" if json else "hcl"), content, damaged=mended != text)


def _standard_input(request: Request) -> TemplateFiles:
    content = request.stdin or b""
    begins_as_json = content.lstrip()[:1] in (b"{", b"[")
    legacy = request.config_type == "json" or (begins_as_json and request.config_type != "hcl2")
    text = decoded("", STDIN_SHOWN, content, legacy or begins_as_json)
    if not content.strip():
        raise mistake(None, "Standard input is empty", 'A template was to come from there, for "-" was given.')
    return TemplateFiles(".", request.cwd, [text], [], legacy)


def _refuse_link(source: SourceFile) -> None:
    """A file that holds nothing but a path to a template: git writes symbolic links so where there are none."""
    if re.fullmatch(r"[^\s\"{}=#]+\.(hcl|json)\n?", source.text) is None:
        return
    place = Range(source, 0, len(source.text.rstrip("\n")), 1, 1, 1, len(source.text.rstrip("\n")) + 1)
    raise mistake(
        place,
        "This is a symbolic link that became a file",
        "Git and archives write the path of a link into a file where links cannot be made.",
        "Make it a link again (git config core.symlinks true, then check it out anew), or copy the file here.",
    )


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
    try:
        names = sorted(name for name in os.listdir(path) if not os.path.isdir(os.path.join(path, name)))
    except OSError as error:
        raise mistake(None, f'Cannot read the directory "{given}"', f"{error.strerror or error}.") from None
    templates = [name for suffix in (SUFFIX, JSON_SUFFIX) for name in names if name.endswith(suffix)]
    if not templates:
        raise mistake(
            None,
            f'There is no template in "{given}"',
            f"The directory has no file whose name ends in {SUFFIX} or {JSON_SUFFIX}.",
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


def _check_name(given: str, text: TextFile, config_type: str) -> None:
    """Refuse a file that is named like a legacy JSON template, but is HCL: by its content, or as the caller says."""
    content = text.source.text.lstrip("\ufeff \t\r\n")
    if config_type != "hcl2" and (content[:1] in ("", "{", "[", "'", '"') or given.endswith(".json")):
        return
    raise mistake(
        None,
        f'"{given}" is not named as a template',
        f"The name of a template ends in {SUFFIX}, or in {JSON_SUFFIX}; every other file is read as a JSON template "
        "of the older kind.",
        f"Rename it to end in {SUFFIX}.",
    )


def _looking_in(request: Request) -> str:
    return f"Looked in {os.path.dirname(os.path.normpath(os.path.join(request.cwd, request.template)))}."
