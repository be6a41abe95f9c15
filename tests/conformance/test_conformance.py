"""Every expression and every case: the same verdict, values and files as Packer 1.16, errors placed where it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import conformance

DIFFERENCES = Path(__file__).parents[2] / "docs" / "compatibility.md"


@pytest.mark.parametrize("path", sorted(conformance.CONSOLE.glob("*.txt")), ids=lambda path: path.stem)
def test_expressions(path: Path, tmp_path: Path) -> None:
    items = conformance.expressions(path)
    answers = conformance.evaluated(items, conformance.Place(tmp_path / "place", conformance.CONSOLE / "fixture"))
    wrong = [
        f"{path.name}:{item.line}: {item.text}\n  expected {item.expected!r}\n  but came {answer!r}"
        for item, answer in zip(items, answers, strict=True)
        if not item.any and answer != item.expected
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", conformance.names())
def test_case(name: str, tmp_path: Path) -> None:
    case = conformance.case(name)
    place = conformance.Place(tmp_path / "place", conformance.CASES / name)
    for run, outcome in zip(case["runs"], conformance.outcomes(case, place), strict=True):
        assert conformance.told(run, outcome) == run["expect"], " ".join(run["argv"])


def test_every_difference_from_packer_is_written_down_with_its_reason() -> None:
    text = DIFFERENCES.read_text()
    cases = {name for name in conformance.names() for run in conformance.case(name)["runs"] if "differs" in run}
    assert not [name for name in sorted(cases) if name not in text]
    lines = [item for path in sorted(conformance.CONSOLE.glob("*.txt")) for item in conformance.expressions(path)]
    odd = [item.text for item in lines if any(line.startswith("# differs: ") for line in item.comments)]
    assert not [text_of for text_of in odd if text_of not in text]
