"""Agreement with HashiCorp's own parser: what is accepted, what is refused and on which line, and constant values."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.errors import TemplateError
from bakehouse.template.syntax.parse import parse_expression, parse_file, parse_template
from bakehouse.template.syntax.tree import SourceFile
from support.snippets import INVALID, PIECES, VALID, snippets
from support.syntax import NotConstant, constant, go, lines_named, read, refusal

SAMPLES = 1500
NOT_LEAF = "1e"  # huge exponents: Go would print all their digits


@pytest.mark.parametrize("text", snippets(VALID))
def test_what_go_accepts_is_accepted_and_means_the_same(text: str) -> None:
    values, _ = go(text)
    assert values is not None
    for name, argument in read(text).attributes.items():
        try:
            value = constant(argument.expression)
        except NotConstant:
            continue
        if name in values:
            assert values[name] == value


@pytest.mark.parametrize("text", snippets(INVALID))
def test_what_go_refuses_is_refused_and_its_line_is_named(text: str) -> None:
    values, lines = go(text)
    assert values is None
    error = refusal(text)
    assert lines[0] in lines_named(error), str(error)


def test_the_table_has_enough_of_both() -> None:
    assert len(snippets(VALID)) > 100
    assert len(snippets(INVALID)) > 60


@pytest.mark.parametrize("seed", [1, 2])
def test_mutated_files_are_accepted_or_refused_as_go_does(seed: int) -> None:
    chance = random.Random(seed)
    seeds = snippets(VALID) + snippets(INVALID)
    accepted = 0
    for _ in range(SAMPLES):
        text = _mutate(chance.choice(seeds), chance)
        if NOT_LEAF in text:
            continue
        values, _ = go(text)
        assert (values is not None) == _accepts(text), repr(text)
        accepted += values is not None
    assert accepted > SAMPLES / 20


def _mutate(text: str, chance: random.Random) -> str:
    for _ in range(chance.choice([1, 1, 2])):
        at = chance.randrange(len(text) + 1)
        match chance.randrange(4):
            case 0:
                text = text[:at] + chance.choice(PIECES) + text[at:]
            case 1:
                text = text[:at] + text[at + chance.choice([1, 1, 2, 5]) :]
            case 2:
                moved = text[at : at + chance.choice([1, 2, 8])]
                to = chance.randrange(len(text) + 1)
                text = text[:to] + moved + text[to:]
            case _:
                text = text[:at] + chance.choice(PIECES) + text[at + 1 :]
    return text


def _accepts(text: str) -> bool:
    try:
        read(text)
    except TemplateError:
        return False
    return True


@settings(max_examples=150, deadline=None, database=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map("".join))
def test_any_text_gives_a_tree_or_a_template_error(text: str) -> None:
    for parse in (_parse_file, parse_expression, parse_template):
        try:
            parse(text, "x")
        except TemplateError as error:
            assert all(found.summary and found.location is not None for found in error.diagnostics)


def _parse_file(text: str, name: str) -> object:
    return parse_file(SourceFile(name, text))


LONG = {
    "unary": "a = " + "!" * 3000 + "x\n",
    "binary": "a = " + "1+" * 3000 + "1\n",
    "index": "a = x" + "[0]" * 3000 + "\n",
    "splat": "a = x" + "[*]" * 3000 + "\n",
    "brackets": "a = " + "(" * 3000 + "\n",
    "templates": "a = " + '"${' * 3000 + "\n",
    "comments": "a = [" + "/**/" * 300 + "x[" + "/**/" * 300 + "0]]\n",
    "blocks": "a {\n" * 3000,
    "conditionals": "a = " + "x ? y : " * 3000 + "z\n",
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_very_long_and_very_deep_texts_end_in_a_tree_or_a_template_error(text: str) -> None:
    _accepts(text)
