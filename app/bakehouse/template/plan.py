"""What a template comes to: every build, every step, every option, and the bytes of every text it was made of.

A Plan is immutable. Edit-and-retry makes another one, of revision n+1. It can be written as JSON; for the record it
is masked first. A `BuildPlan` is all that a build runner gets, also in another process, so nothing here refers to
live objects: an option that needs `build.*` travels as the text of its expression and the values it uses.
"""

from __future__ import annotations

from typing import Any

import msgspec

from bakehouse.errors import Location

FORMAT = 1


class Late(msgspec.Struct, frozen=True, omit_defaults=True):
    """An expression that names `build.*`: evaluated when its step starts.

    text: the expression's own text; scope: the values of the other roots it names, as typed JSON
    (`bakehouse.template.values.to_json`), by root ("var", "local", "source", "path", "packer", an iterator); of
    `build` it holds what is known before, its `name`. line, column: where the text begins in the file of the option.
    directory, cwd: where the paths of its functions start. syntax: "hcl", or "json" if the text is HCL's JSON syntax.
    words: what stands for `build_name` and the like in `{{ }}` of the value.
    """

    text: str
    scope: dict[str, Any]
    line: int = 1
    column: int = 1
    directory: str = "."
    cwd: str = "."
    syntax: str = "hcl"
    words: dict[str, str] = {}


class Option(msgspec.Struct, frozen=True, omit_defaults=True):
    """One option of a component. Either `value` (plain JSON) is what it is, or `late` says how to get it.

    source: the template's line at `location`, for a diagnostic. moving: names of functions in it that give another
    value each time (`timestamp`). reads: absolute paths of the files that functions in it read.
    """

    location: Location
    value: Any = None
    late: Late | None = None
    source: str = ""
    moving: list[str] = []
    reads: list[str] = []


class FileRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file that the plan rests on. content: its bytes if it is a template or a script, None if only digested.

    path: absolute: as the template names it, joined to `Request.cwd` and normalised. digest: sha256, hex (of a
    directory: over the names, modes and digests of all in it); "" if it was missing (a `generated` source).
    """

    path: str
    digest: str
    size: int
    content: bytes | None = None


class StepPlan(msgspec.Struct, frozen=True, omit_defaults=True):
    """One step. key: `BLOCK/kind:type[.name]#k` (DESIGN 4). kind: machine, provisioner, artifact, post-processor,
    cleanup. type: the component's, "" for the builder's own steps, whose `title` tells which they are.

    number: from 1 in the order shown. timeout, pause_before: seconds, 0 for none. max_retries: tries beyond the first.
    chain: number of the post-processor chain, from 0; link: place in it. keep_input: `keep_input_artifact`, or None.
    options: only of provisioners and post-processors. digest: of type and unrendered options, for matching revisions.
    inputs: paths into `Plan.files`. script: the first script of the step, absolute, "" if its text is inline.
    """

    key: str
    number: int
    title: str
    kind: str
    type: str
    location: Location
    name: str = ""
    options: dict[str, Option] = {}
    timeout: float = 0.0
    pause_before: float = 0.0
    max_retries: int = 0
    continue_on_error: bool = False
    retry: str = "again"
    chain: int = 0
    link: int = 0
    keep_input: bool | None = None
    digest: str = ""
    inputs: list[str] = []
    script: str = ""


class BuildPlan(msgspec.Struct, frozen=True, omit_defaults=True):
    """One build. key: `003-ubuntu`, unique, safe as a file name. name: `[BUILD.]TYPE.NAME`, may repeat.

    block: the build block's own name. source_name: the global source's label. local_name: the in-build source's
    name, else the label. options: the builder's. cleanup: the error-cleanup-provisioner.
    """

    key: str
    ordinal: int
    name: str
    builder: str
    block: str
    source_name: str
    local_name: str
    location: Location
    options: dict[str, Option]
    steps: list[StepPlan]
    cleanup: StepPlan | None = None
    needs: list[str] = []


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """A whole template, ready to run.

    template: as given on the command line. directory: `path.root`, absolute. variables: printable values by name, the
    sensitive ones as "<sensitive>". secrets: every sensitive string, never written anywhere. files: by path.
    """

    template: str
    directory: str
    builds: list[BuildPlan]
    revision: int = 1
    variables: dict[str, str] = {}
    secrets: list[str] = []
    files: dict[str, FileRecord] = {}
    format: int = FORMAT


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked for on the command line: enough to make the plan again after an edit.

    variables: `-var` as (name, text) in order. variable_files: `-var-file` in order. environment: the PKR_VAR_*
    variables, by name without the prefix. cwd: where relative paths start. config_type: "hcl2", "json", or "" to tell
    by the name. stdin: what came on standard input, if the template is "-".
    """

    template: str
    cwd: str
    variables: list[tuple[str, str]] = []
    variable_files: list[str] = []
    environment: dict[str, str] = {}
    only: list[str] = []
    exclude: list[str] = []
    force: bool = False
    warn_on_undeclared: bool = False
    config_type: str = ""
    stdin: bytes | None = None
