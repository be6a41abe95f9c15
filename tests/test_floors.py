"""The floors of the house, seen from a clean interpreter (import-linter sees them from the source)."""

from __future__ import annotations

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent
HEAVY = ("textual", "aiodocker", "aiohttp", "asyncssh", "pylxd", "lark", "hcl2", "re2", "yaml")
SOURCES = sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "builders").rglob("*.py")])


def modules_after(statement: str) -> set[str]:
    """Names of all modules that a fresh interpreter has loaded after `statement`."""
    code = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import bakehouse.sdk",
        "import bakehouse.record.fold",
        "import bakehouse.engine.run",
        "import bakehouse.session.server, bakehouse.session.client",
        "import bakehouse.headless.printer, bakehouse.headless.json_lines",
        "import bakehouse.template.compile",
        "import bakehouse.registry; bakehouse.registry.names('builder')",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(statement: str) -> None:
    loaded = {name.split(".")[0] for name in modules_after(statement)}
    assert loaded.isdisjoint(HEAVY)


def test_listing_builders_loads_none() -> None:
    loaded = modules_after("import bakehouse.registry; bakehouse.registry.names('builder')")
    assert not [name for name in loaded if name.startswith("bakehouse_builders.")]


@pytest.mark.parametrize(
    ("viewer", "never"),
    [
        ("bakehouse.headless.printer", ("bakehouse.engine", "bakehouse.template", "bakehouse.registry")),
        ("bakehouse.session.client", ("bakehouse.engine", "bakehouse.template", "bakehouse.session.server")),
        (
            "bakehouse.dashboard.app",
            ("bakehouse.engine", "bakehouse.template", "bakehouse.registry", "bakehouse.clients"),
        ),
        ("bakehouse.engine.run", ("bakehouse.dashboard", "bakehouse.headless", "bakehouse.provisioners")),
    ],
)
def test_a_floor_does_not_reach_up(viewer: str, never: tuple[str, ...]) -> None:
    loaded = modules_after(f"import {viewer}")
    assert not [name for name in loaded if name.startswith(never)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, f"{node.name} is over 50 lines"


def test_no_import_circle() -> None:
    graph = grimp.build_graph("bakehouse", "bakehouse_builders", cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) - {name} for name in graph.modules}
    assert list(graphlib.TopologicalSorter(imports).static_order())
