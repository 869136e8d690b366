import os
import stat
from pathlib import Path

import pytest

from nerode.errors import InputError
from nerode.files import check_writable, read_text, write_whole


def test_text_and_bytes_are_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "Σ ε\n")
    assert read_text(path) == "Σ ε\n"
    write_whole(str(path), b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interruption_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch, failure) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "old")

    def fail(descriptor: int) -> None:
        raise failure

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((KeyboardInterrupt, InputError)):
        write_whole(path, "new" * 10_000)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("write", [check_writable, lambda path: write_whole(path, "x")])
@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("missing/a.txt", "does not exist"),
        (".", "is a folder"),
        ("file/a.txt", "does not exist"),
        ("\0", "null"),
        ("a" * 300, "too long"),
    ],
)
def test_unwritable_places_are_refused_in_a_sentence(tmp_path: Path, write, place: str, words: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=words) as caught:
        write(f"{tmp_path}/{place}")
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == ["file"]


def test_a_read_only_file_is_not_replaced(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root, who may do anything
    with pytest.raises(InputError, match="no permission"):
        write_whole(path, "new")
    assert path.read_text() == "old"


def test_check_writable_leaves_no_trace(tmp_path: Path) -> None:
    check_writable(tmp_path / "a.txt")
    assert os.listdir(tmp_path) == []


def test_links_are_followed_and_permissions_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_whole(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_new_files_have_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_whole(tmp_path / "ours", "x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_devices_are_written_to_and_stay() -> None:
    write_whole(os.devnull, "x")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@pytest.mark.parametrize(("content", "words"), [(None, "no such file"), (b"\xff\xfe\x00", "UTF-8")])
def test_unreadable_files_are_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "a.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_text(path)
