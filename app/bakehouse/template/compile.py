"""From text to Plan: every mistake that can be known before a machine exists is found here, with its place."""

from __future__ import annotations

from collections.abc import Iterator

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.redact import SHORT
from bakehouse.sdk import Builder
from bakehouse.template import plugins, selection
from bakehouse.template.assignments import check_values
from bakehouse.template.bakery import Bakery
from bakehouse.template.builds import BuildBlock, Usage
from bakehouse.template.cautions import Outputs
from bakehouse.template.data_reading import Reading
from bakehouse.template.dynamic import Placed
from bakehouse.template.inputs import InputFiles
from bakehouse.template.naming import build_key
from bakehouse.template.options import OptionReader, Options
from bakehouse.template.plan import BuildPlan, Plan, Request
from bakehouse.template.problems import Problems
from bakehouse.template.reading import Read, around_of, read_template
from bakehouse.template.steps import StepMaker
from bakehouse.template.surroundings import source_value, source_words
from bakehouse.template.values import render, strings, to_python
from bakehouse.template.valuing import Valued, value_template

Chosen = tuple[BuildBlock, Usage]


def compile_plan(request: Request, revision: int = 1, reading: Reading | None = None) -> tuple[Plan, list[Diagnostic]]:
    """The plan for what was asked, and the warnings. Raises TemplateError with every mistake that was found.

    reading: how data sources are read; the same one for all revisions of a plan, so that none is read for nothing.
    """
    plan, valued = _compiled(request, revision, reading or Reading())
    valued.read.problems.stop_if_not_yet()
    if not plan.builds:
        names = dict.fromkeys(block.chosen_as(usage) for block in valued.blocks for usage in block.usages)
        help = f"The template's builds are {', '.join(names)}."
        raise TemplateError([Diagnostic("No builds to run", "-only and -except leave none.", help=help)])
    return plan, valued.read.problems.found


def check(request: Request, reading: Reading | None = None) -> list[Diagnostic]:
    """The warnings about a template. Raises TemplateError with every mistake.

    reading: how data sources are read; by default they are not, and their values count as unknown.
    """
    return _compiled(request, 1, reading or Reading(execute=False))[1].read.problems.found


def survey_plugins(request: Request) -> list[plugins.Survey]:
    """How each plugin stands that a template asks for. Raises TemplateError if it cannot be read."""
    read = read_template(request)
    with read.problems.masking():
        read.problems.stop_if_fatal()
        valued = value_template(read, strict=False, reading=Reading(execute=False))
        return _surveyed(valued, list(_chosen(valued)))


def _compiled(request: Request, revision: int, reading: Reading) -> tuple[Plan, Valued]:
    read = read_template(request)
    with read.problems.masking():
        return _compiled_from(read, revision, reading)


def _compiled_from(read: Read, revision: int, reading: Reading) -> tuple[Plan, Valued]:
    """Goes on after mistakes for as long as what follows can be judged without them."""
    if not read.whole:
        read.problems.stop_if_fatal()
    check_values(read.declared, read.assignments, around_of(read), read.problems)
    valued = value_template(read, reading=reading)
    chosen = list(_chosen(valued))
    plugins.check(_surveyed(valued, chosen), read.problems)
    plan = _plan(valued, revision, chosen)
    read.problems.stop_if_fatal()
    return plan, valued


def _surveyed(valued: Valued, chosen: list[Chosen]) -> list[plugins.Survey]:
    read = valued.read
    chose = bool(read.request.only or read.request.exclude)
    return plugins.survey(read.plugins, plugins.components(read.module, chosen), chose)


def _plan(valued: Valued, revision: int, chosen: list[Chosen]) -> Plan:
    read, problems = valued.read, valued.read.problems
    if not valued.blocks and not problems.fatal:
        help = 'Write build { sources = ["source.TYPE.NAME"] }.'
        raise TemplateError([Diagnostic("The template has no build block", "So there is nothing to do.", help=help)])
    inputs = InputFiles(read.request.cwd)
    for file in read.files.texts:
        inputs.add_text(file, keep=True)
    for file in read.assignments.files:
        inputs.add_text(file, keep=False)
    problems.secrets |= valued.secrets()
    names = frozenset(usage.type_and_name for block in valued.blocks for usage in block.usages)
    outputs = Outputs(read.request.cwd, problems)
    excluded = tuple(read.patterns(read.request.exclude))
    missing = plugins.missing_plugins(read.plugins)
    bakery = Bakery(valued.around, inputs, problems, excluded, problems.secrets, outputs, names, missing)
    plans = [_build_plan(bakery, block, usage, number) for number, (block, usage) in enumerate(chosen, 1)]
    secrets = sorted(_lines(bakery.secrets), key=lambda text: (-len(text), text))
    _warn_of_short(valued, problems)
    return Plan(
        template=read.request.template,
        directory=read.files.directory,
        builds=[plan for plan in plans if plan is not None],
        revision=revision,
        variables={name: render(assigned.value) for name, assigned in sorted(valued.values.items())},
        secrets=secrets,
        files=inputs.records,
    )


def _chosen(valued: Valued) -> Iterator[Chosen]:
    """The builds that `-only` and `-except` leave, in the order of the template."""
    read, problems = valued.read, valued.read.problems
    only, exclude = read.patterns(read.request.only), read.patterns(read.request.exclude)
    pairs = [(block, usage) for block in valued.blocks for usage in block.usages]
    names = [block.chosen_as(usage) for block, usage in pairs]
    for given, glob in zip(read.request.only, only, strict=True):
        if not any(selection.matches(glob, name) for name in names):
            listed = f"There are {', '.join(dict.fromkeys(names))}."
            problems.add([Diagnostic(f'-only "{given}" matches no build', listed, severity="warning")])
    left = [pair for pair, name in zip(pairs, names, strict=True) if selection.selected(name, only, exclude)]
    yield from left


def _build_plan(bakery: Bakery, block: BuildBlock, usage: Usage, ordinal: int) -> BuildPlan | None:
    place = usage.source.range
    builder = bakery.component("builder", usage.builder, usage.source.label_ranges[0])
    if builder is None or not issubclass(builder, Builder):
        maker = StepMaker(bakery, block, usage, None)
        maker.make(None, Options(), [], place.location)
        maker.cleanup()
        return None
    options = _builder_options(bakery, usage)
    config = bakery.config(builder, options, place)
    inputs: list[str] = []
    if config is not None:
        inputs, _ = bakery.inputs(builder, config, options, place)
        bakery.outputs.add(block.full_name(usage), builder, config, options.arguments)
    maker = StepMaker(bakery, block, usage, builder)
    location = place.location
    steps = maker.make(config, options, inputs, location)
    return BuildPlan(
        key=build_key(ordinal, bakery.problems.shown(usage.name)),
        ordinal=ordinal,
        name=bakery.problems.shown(block.full_name(usage)),
        builder=usage.builder,
        block=bakery.problems.shown(block.name),
        source_name=usage.label,
        local_name=usage.name,
        location=location,
        options=options.plan,
        steps=steps,
        cleanup=maker.cleanup(),
    )


def _builder_options(bakery: Bakery, usage: Usage) -> Options:
    """The global source's options, and those that its block inside the build block adds; it may not repeat one."""
    around = bakery.around.adding({"source": source_value(usage.builder, usage.name)})
    reader = OptionReader(around, bakery.problems)
    options = reader.read(Placed(usage.source))
    words = source_words(usage.builder, usage.label, around.cwd)
    if usage.local is None:
        options.fill(words)
        return options
    more = reader.read(usage.local, skip=("name",))
    for name, argument in more.arguments.items():
        if name in options.arguments:
            first = options.arguments[name].location
            bakery.problems.add(
                [
                    Diagnostic(
                        f'Option "{name}" is given twice',
                        f"The source has it already{f', in {first.file}:{first.line}' if first else ''}.",
                        argument.location,
                        source=argument.source,
                        help="The source inside a build block can only add options.",
                    )
                ]
            )
            continue
        options.arguments[name] = argument
        if name in more.plan:
            options.plan[name] = more.plan[name]
    options.fill(words)
    return options


def _lines(secrets: set[str]) -> set[str]:
    """Each secret, and each line of it, with the line ends that a log has."""
    texts = {text.replace("\r\n", "\n") for text in secrets}
    return {part for text in texts for part in (text, *text.split("\n")) if part.strip()}


def _warn_of_short(valued: Valued, problems: Problems) -> None:
    for what, value, place in valued.sensitive():
        if any(0 < len(text) < SHORT for text in strings(to_python(value))):
            problems.warning(
                place,
                f"The sensitive {what} is very short",
                "A value shorter than three characters is only hidden where it stands as a whole word.",
                "Use a longer one.",
            )
