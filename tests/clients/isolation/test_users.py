"""Users as the machine's own files name them."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest

from bakehouse.clients.isolation import users

PASSWD = "root:x:0:0::/root:/bin/ash\napp:x:1000:1000:A:/home/app:\nbroken line\nshort:x:1\n"
GROUP = "root:x:0:\napp:x:1000:\nstaff:x:50:other,app\nsudo:x:27:app\n"


@pytest.fixture(autouse=True)
def _machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "passwd").write_text(PASSWD)
    (tmp_path / "group").write_text(GROUP)
    original = builtins.open

    def inside(path: str, *arguments: Any, **more: Any) -> Any:
        return original(tmp_path / Path(path).name, *arguments, **more)

    monkeypatch.setattr(users, "open", inside, raising=False)


def test_by_name_and_by_number() -> None:
    app = users.User("app", 1000, 1000, (1000, 50, 27), "/home/app", "/bin/sh")
    assert users.find("app") == app
    assert users.find("1000") == app
    assert users.find("root").shell == "/bin/ash"


def test_with_a_group() -> None:
    assert users.find("app:staff").gid == 50
    assert users.find("app:staff").groups == (50,)
    assert users.find("app:7").gid == 7


def test_a_number_that_nobody_has() -> None:
    assert users.find("4711") == users.User("4711", 4711, 0, (0,), "/", "/bin/sh")
    assert users.find("4711:50").gid == 50


@pytest.mark.parametrize(("text", "missing"), [("nobody", 'user "nobody"'), ("app:nogroup", 'group "nogroup"')])
def test_who_is_not_there(text: str, missing: str) -> None:
    with pytest.raises(LookupError, match=f"there is no {missing} in the machine"):
        users.find(text)
