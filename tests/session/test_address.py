"""Where the socket is, and what may be in its way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bakehouse.errors import SessionError
from bakehouse.session import address


def test_the_folder_is_made_for_us_alone(tmp_path: Path) -> None:
    folder = address.secure_folder(tmp_path)
    assert folder == tmp_path / f"bakehouse-{os.getuid()}"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_was_left_open_is_closed(tmp_path: Path) -> None:
    address.folder(tmp_path).mkdir(mode=0o755)
    assert address.secure_folder(tmp_path).stat().st_mode & 0o777 == 0o700


def test_a_symbolic_link_is_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    address.folder(tmp_path).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SessionError, match=r"bakehouse-\d+ is where .*it is not a directory: somebody else made it"):
        address.secure_folder(tmp_path)


@pytest.mark.needs("root")
def test_a_folder_of_another_user_is_named(tmp_path: Path) -> None:
    address.folder(tmp_path).mkdir()
    os.chown(address.folder(tmp_path), 12345, 12345)
    with pytest.raises(SessionError, match="it belongs to user 12345"):
        address.secure_folder(tmp_path)


def test_a_file_in_the_sockets_place_is_named(tmp_path: Path) -> None:
    path = address.secure_folder(tmp_path) / "7f3k"
    path.write_text("mine")
    with pytest.raises(SessionError, match="7f3k is where .* it is not a socket of yours"):
        address.listen(path)
    assert path.read_text() == "mine"


def test_what_a_dead_run_left_is_replaced(tmp_path: Path) -> None:
    path = address.secure_folder(tmp_path) / "7f3k"
    address.listen(path).close()
    assert path.exists()
    address.listen(path).close()


def test_a_path_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="107 bytes at most"):
        address.listen(tmp_path / ("x" * 108))


def test_the_socket_of_another_run_is_left_alone(tmp_path: Path) -> None:
    path = address.secure_folder(tmp_path) / "7f3k"
    with address.listen(path):
        inode = path.stat().st_ino
        with pytest.raises(address.InUse, match="Another run is served"):
            address.listen(path)
        assert path.stat().st_ino == inode


@pytest.mark.parametrize("run", ["", ".", "..", "a/b"])
def test_no_run_is_named_so(run: str) -> None:
    with pytest.raises(SessionError, match="not the id of a run"):
        address.socket_path(run)
