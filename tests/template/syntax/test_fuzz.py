"""Every template at hand, and mutations of them: accepted or refused as Go's HCL does.

BAKEHOUSE_FUZZ says how many mutations are tried (300 without it; CI tries 5,000), BAKEHOUSE_FUZZ_SEED that others than
the same ones are. What is known to differ stands in `difference`, with its reason.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st

from bakehouse.errors import TemplateError
from bakehouse.template.syntax import kept
from bakehouse.template.syntax.lexical import continues_name
from bakehouse.template.syntax.parse import parse_file
from bakehouse.template.syntax.tree import SourceFile
from support.snippets import INVALID, PIECES, VALID, snippets
from support.syntax import go

SAMPLES = int(os.environ.get("BAKEHOUSE_FUZZ", "300"))
SEED = os.environ.get("BAKEHOUSE_FUZZ_SEED")
ROOT = Path(__file__).parents[3]
LONGEST = 20_000  # characters of a file that is mutated
OURS = ("Nested too deeply", "Expression too long", "Number out of range")
GO_REFUSES = "Go refuses it"
HUGE_EXPONENT = re.compile(r"[0-9.][eE]\+?[0-9]{4}")

Edit = tuple[str, int, int, str]


def files() -> list[Path]:
    """Every file in HCL of this repository."""
    return sorted(
        path
        for folder in ("tests", "examples")
        for suffix in ("*.pkr.hcl", "*.pkrvars.hcl")
        for path in (ROOT / folder).rglob(suffix)
    )


def texts() -> list[str]:
    """Their texts, and the small ones that other tests have."""
    read = [path.read_bytes().decode(errors="replace") for path in files()]
    return [text for text in [*read, *snippets(VALID), *snippets(INVALID)] if len(text) <= LONGEST]


TEXTS = texts()


def difference(text: str, said: str) -> str:
    """Why it may be that one accepts a text and the other does not; "" if it may not be. said: our refusal."""
    if "\0" in text:
        return "pygohcl hands on what stands before a NUL only; Packer accepts one in comments and strings, as we do"
    if any(limit in said for limit in OURS):
        return "Go has no limits; ours keep memory and time within bounds"
    if HUGE_EXPONENT.search(text):
        return "pygohcl prints all digits of a number, which fails or takes for ever; Packer does not print it"
    if said == GO_REFUSES and any(map(_new_letter, text)):
        return "Go's table of the letters that names are made of is of an older Unicode; to take more does no harm"
    return ""


def _new_letter(character: str) -> bool:
    """Whether this is a letter to Python and not to Go."""
    return not character.isascii() and continues_name("a" + character) and go(f"a{character} = 1\n")[0] is None


@pytest.fixture(autouse=True)
def nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text is parsed."""
    monkeypatch.setattr(kept, "find", lambda source: None)
    monkeypatch.setattr(kept, "keep", lambda body, source: None)


def test_the_files_at_hand_are_read_as_go_reads_them() -> None:
    for path in files():
        text = path.read_bytes().decode(errors="replace")
        disagreement = _disagreement(text)
        assert not disagreement or difference(text, disagreement), f"{path}: {disagreement}"


def test_there_are_files_enough_of_both_kinds() -> None:
    accepted = sum(not _refusal(text) for text in TEXTS)

    assert accepted > 200
    assert len(TEXTS) - accepted > 100


edits = st.lists(
    st.tuples(
        st.sampled_from(("insert", "replace", "delete", "move", "repeat")),
        st.integers(0, LONGEST),
        st.integers(1, 12) | st.integers(1, LONGEST),
        st.sampled_from(PIECES) | st.text(max_size=2),
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=SAMPLES,
    deadline=None,
    database=None,
    derandomize=SEED is None,
    suppress_health_check=list(HealthCheck),
)
@given(st.sampled_from(TEXTS), edits)
@example("a = 1\n", [("insert", 0, 1, "\ufeff")])
def mutations(text: str, changes: list[Edit]) -> None:
    for change in changes:
        text = _changed(text, *change)
    if "\0" in text or HUGE_EXPONENT.search(text):
        return
    disagreement = _disagreement(text)
    assert not disagreement or difference(text, disagreement), f"{disagreement}\n{text!r}"


@pytest.mark.timeout(900)
def test_mutated_files_are_read_as_go_reads_them() -> None:
    (mutations if SEED is None else seed(int(SEED))(mutations))()


def _changed(text: str, kind: str, at: int, length: int, piece: str) -> str:
    at %= len(text) + 1
    before, found, after = text[:at], text[at : at + length], text[at + length :]
    match kind:
        case "insert":
            return before + piece + found + after
        case "replace":
            return before + piece + text[at + len(piece) :]
        case "delete":
            return before + after
        case "repeat":
            return before + found + found + after
        case _:
            middle = len(after) // 2
            return before + after[:middle] + found + after[middle:]


def _disagreement(text: str) -> str:
    """What the one that refuses says, if only one does."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return ""
    said = _refusal(text)
    accepted = go(text)[0] is not None
    if accepted == (not said):
        return ""
    return said or GO_REFUSES


def _refusal(text: str) -> str:
    """Our refusal of a text; "" if it is accepted."""
    try:
        parse_file(SourceFile("test.hcl", text))
    except TemplateError as error:
        assert all(each.summary and each.location is not None and each.location.line for each in error.diagnostics)
        return str(error)
    return ""
