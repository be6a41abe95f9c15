"""Names to components, with a package of small ones made for each test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import bakehouse.provisioners
from bakehouse import registry
from bakehouse.errors import ComponentError

GOOD = """
from dataclasses import dataclass
from bakehouse.sdk import Provisioner
class Knead(Provisioner, type="knead-{name}"):
    @dataclass(frozen=True, kw_only=True)
    class Config:
        times: int = 1
    async def provision(self, machine):
        pass
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(bakehouse.provisioners, "__path__", [*bakehouse.provisioners.__path__, str(tmp_path)])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("bakehouse.provisioners.knead"):
            del sys.modules[name]
    registry.load.cache_clear()


def test_a_file_is_found_by_its_name_and_loaded_only_when_named(folder: Path) -> None:
    (folder / "knead_hard.py").write_text(GOOD.format(name="hard"))
    (folder / "_helper.py").write_text("")
    assert "knead-hard" in registry.names("provisioner")
    assert "bakehouse.provisioners.knead_hard" not in sys.modules
    found = registry.load("provisioner", "knead-hard")
    assert found.__name__ == "Knead"
    assert not [name for name in registry.names("provisioner") if "helper" in name]


def test_a_folder_is_found_too(folder: Path) -> None:
    (folder / "knead_deep").mkdir()
    (folder / "knead_deep" / "work.py").write_text(GOOD.format(name="deep"))
    (folder / "knead_deep" / "__init__.py").write_text("from bakehouse.provisioners.knead_deep.work import Knead\n")
    assert registry.load("provisioner", "knead-deep").type == "knead-deep"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("type", GOOD.format(name="other"), 'has the type "knead-other", not "knead-type"'),
        ("method", GOOD.format(name="method").replace("provision(", "provide("), 'has no "provision"'),
        ("thaw", GOOD.format(name="thaw").replace("frozen=True, ", ""), "not frozen"),
        ("plain", GOOD.format(name="plain").replace("@dataclass(frozen=True, kw_only=True)", ""), "not a dataclass"),
        ("pos", GOOD.format(name="pos").replace(", kw_only=True", ""), "not kw_only"),
        ("hint", GOOD.format(name="hint").replace("times: int", "times: 'Integer'"), "cannot be read"),
        ("empty", "", "no subclass of Provisioner"),
        ("broken", "import nothing_of_this_name", "cannot be loaded: ModuleNotFoundError"),
    ],
)
def test_a_broken_contract_is_told_with_the_module(folder: Path, name: str, text: str, message: str) -> None:
    (folder / f"knead_{name}.py").write_text(text)
    with pytest.raises(ComponentError) as caught:
        registry.load("provisioner", f"knead-{name}")
    assert message in str(caught.value)
    assert f"bakehouse.provisioners.knead_{name}" in str(caught.value)


def test_an_unknown_name_gives_the_nearest(folder: Path) -> None:
    (folder / "knead_hard.py").write_text(GOOD.format(name="hard"))
    with pytest.raises(ComponentError, match='no provisioner "knead-had".*Did you mean "knead-hard"'):
        registry.load("provisioner", "knead-had")


@pytest.mark.parametrize("owner", ["", "builder", "builder:none-such", "oven:x"])
def test_an_unknown_owner_has_no_remover(owner: str) -> None:
    with pytest.raises(ComponentError):
        registry.remover(owner)
