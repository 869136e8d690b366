"""The file of results: claims, transactions, and files of others."""

import os
import sqlite3

import pytest

import nerode
from nerode.benchmarking.cells import Cell
from nerode.benchmarking.rows import DONE, row_of
from nerode.benchmarking.sources import Source
from nerode.benchmarking.store import Store


@pytest.fixture
def cells():
    return [Cell(Source("a", content="a"), "b", "lstar", {}, None, seed, {"effort": 1.0}, 10) for seed in range(3)]


def claimed_by(store, cell, process):
    other = sqlite3.connect(store.path)
    other.execute("UPDATE claims SET process = ? WHERE identity = ?", (process, cell.identity))
    other.commit()
    other.close()


def test_cells_are_claimed_once(tmp_path, cells):
    one, other = Store(tmp_path / "a.db"), Store(tmp_path / "a.db")
    assert [one.claim(cells), other.claim(cells), one.claim(cells), other.claim(cells)] == [*cells, None]
    one.release(cells[1].identity)
    assert other.claim(cells) == cells[1]
    assert one.doing() == [str(cells[0]), str(cells[2]), str(cells[1])]


def test_finished_cells_are_not_claimed_and_not_written_twice(tmp_path, cells):
    store = Store(tmp_path / "a.db")
    store.claim(cells)
    store.finish(row_of(cells[0], DONE, error=0.5, low=float("inf")))
    store.finish(row_of(cells[0], DONE, error=0.25))
    assert store.claim(cells) == cells[1]
    assert [(row.error, row.low) for row in store.rows()] == [(0.5, float("inf"))]
    store.forget([cells[0].identity])
    assert store.finished() == set()


def test_claims_of_processes_that_are_gone_are_given_up(tmp_path, cells):
    store = Store(tmp_path / "a.db")
    for _ in cells:
        store.claim(cells)
    assert store.release_dead() == []
    child = os.fork()
    if not child:
        os._exit(0)
    claimed_by(store, cells[0], f"{child} 12")  # a zombie, until somebody waits for it
    claimed_by(store, cells[1], f"{os.getpid()} 12")  # the number of this process, started at another time
    assert set(store.release_dead()) == {cells[0].identity, cells[1].identity}
    os.waitpid(child, 0)
    assert len(store.doing()) == 1


def test_what_was_asked_for_makes_the_identity(cells):
    cell = cells[0]
    changed = [
        {"source": Source("a", content="b")},
        {"method": "tree"},
        {"settings": {"order": 2}},
        {"size": 3},
        {"seed": 7},
        {"limits": {"seconds": 1.0}},
        {"fresh": 11},
    ]
    assert len({Cell(**{**vars(cell), **each}).identity for each in [{}, *changed]}) == len(changed) + 1
    assert Cell(**{**vars(cell), "contender": "c", "source": Source("z", content="a")}).identity == cell.identity


def test_files_of_others_are_refused(tmp_path):
    (tmp_path / "text.db").write_text("no database, and long enough to be read as one" * 50, encoding="utf-8")
    with pytest.raises(nerode.InputError, match=r"text\.db cannot be used as a file of results: file is not a database"):
        Store(tmp_path / "text.db")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE t (a)")
    other.close()
    with pytest.raises(nerode.InputError, match="no file of results of nerode"):
        Store(tmp_path / "other.db")
    Store(tmp_path / "old.db").close()
    old = sqlite3.connect(tmp_path / "old.db")
    old.execute("PRAGMA user_version = 7")
    old.close()
    with pytest.raises(nerode.InputError, match="another version of nerode"):
        Store(tmp_path / "old.db")
    with pytest.raises(nerode.InputError, match="does not exist"):
        Store(tmp_path / "nowhere" / "a.db")
