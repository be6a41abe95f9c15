"""The contracts again, as an ordinary user with a range of ids: the tier that most people have."""

from __future__ import annotations

import pytest

from support.ordinary import nobody


@pytest.mark.needs("root", "ordinary-user", "user-namespaces", "uidmap")
@pytest.mark.parametrize("module", ["test_builders", "test_communicators"])
def test_the_contract_in_tier_range(module: str) -> None:
    with nobody(with_ids=True) as person:
        where = person.home.parent / "source"
        options = ("-q", "-p", "no:cacheprovider", "--basetemp", str(person.home / "pytest"))
        words = (str(where / f"tests/contract/{module}.py"), *options, "-c", str(where / "pyproject.toml"))
        done = person.python("-m", "pytest", *words, "-k", "rootfs and not proot")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout.splitlines()[-1]
