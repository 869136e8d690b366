"""The file of results: claims, transactions, and files of others."""

import os
import shutil
import sqlite3

import pytest

import nerode
from nerode.benchmarking.bench import stored
from nerode.benchmarking.cells import Cell
from nerode.benchmarking.rows import DONE, UNFIT, row_of
from nerode.benchmarking.sources import Source
from nerode.benchmarking.store import Store

JUDGED = {"measure": "error_rate", "judged_on": "drawn"}


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
    one.give_back()  # the last of its two
    one.give_back()
    assert other.claim(cells) == cells[2]
    assert one.doing() == [str(cells[0]), str(cells[1]), str(cells[2])]
    other.finish(row_of(cells[2], DONE, **JUDGED))
    other.give_back()
    assert one.doing() == [str(cells[0]), str(cells[1])]


def test_finished_cells_are_not_claimed_and_not_written_twice(tmp_path, cells):
    store = Store(tmp_path / "a.db")
    store.claim(cells)
    store.finish(row_of(cells[0], DONE, **JUDGED, error=0.5, high=float("inf")))
    store.finish(row_of(cells[0], DONE, **JUDGED, error=0.25))
    assert store.claim(cells) == cells[1]
    assert [(row.error, row.high) for row in store.rows()] == [(0.5, float("inf"))]
    store.forget([cells[0].identity])
    assert store.finished() == set()


def test_a_file_whose_writer_died_in_the_middle_is_read(tmp_path, cells):
    store = Store(tmp_path / "a.db")
    store.finish(row_of(cells[0], DONE, **JUDGED, error=0.5))
    store.close()
    writer = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    writer.execute("PRAGMA cache_size = 1")  # so that pages are in the file before the end of the transaction
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE cells SET error = 0.25")
    for number in range(500):
        writer.execute("INSERT INTO claims VALUES (?, 'x', ?)", (str(number), "y" * 1000))
    for end in ("", "-journal"):
        shutil.copy(tmp_path / f"a.db{end}", tmp_path / f"b.db{end}")
    writer.close()
    with pytest.raises(sqlite3.DatabaseError):  # without the rollback that only a writer can do
        sqlite3.connect(f"file:{tmp_path / 'b.db'}?mode=ro", uri=True).execute("SELECT * FROM cells").fetchall()
    assert [row.error for row in stored(tmp_path / "b.db").rows] == [0.5]


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


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("teacher", None), ("teacher", b"\0"), ("measure", "zz"), ("measure", None), ("judged_on", "q"), ("status", "zz"),
        ("size", "x"), ("words", "x"), ("error", "abc"), ("error", -1.0), ("low", 0.7), ("measures", "{"), ("measures", "[]"),
        ("measures", '{"error_rate": 3}'), ("measures", '{"error_rate": {"low": "x"}}'),
    ],
)  # fmt: skip
def test_cells_that_no_run_writes_are_refused(tmp_path, cells, column, value):
    store = Store(tmp_path / "a.db")
    store.finish(row_of(cells[0], DONE, **JUDGED, error=0.5, low=0.25, high=0.75, size=3, words=10, measures="{}"))
    assert len(store.rows()) == 1
    other = sqlite3.connect(store.path)
    other.execute(f"UPDATE cells SET {column} = ?", (value,))
    other.commit()
    with pytest.raises(
        nerode.InputError, match=rf"a\.db is damaged: a cell has .* as its {'error' if column == 'low' else column}"
    ):
        store.rows()


def test_files_without_their_tables_are_refused(tmp_path, cells):
    for table in ("cells", "claims"):
        path = tmp_path / f"{table}.db"
        Store(path).close()
        other = sqlite3.connect(path)
        other.execute(f"DROP TABLE {table}")
        other.close()
        with pytest.raises(nerode.InputError, match=f"cannot be used as a file of results: no such table: {table}"):
            Store(path)
    path = tmp_path / "broken.db"
    store = Store(path)
    for number in range(100):
        store.finish(row_of(Cell(Source("a", content="a"), "b", "lstar", {}, None, number, {}, 10), UNFIT, sentence="no" * 99))
    store.close()
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"\x5a" * (len(content) - len(content) // 2)
    path.write_bytes(content)
    with pytest.raises(nerode.InputError, match="cannot be used as a file of results"):
        Store(path).rows()


@pytest.mark.parametrize("process", ["zz q", None, "", "1", f"{10**30} 5", b"1 2", 7])
def test_claims_that_name_no_process_are_given_up(tmp_path, cells, process):
    store = Store(tmp_path / "a.db")
    store.claim(cells)
    claimed_by(store, cells[0], process)
    assert store.release_dead() == [cells[0].identity]
    assert store.claim(cells) == cells[0]


class Interrupting:
    """A connection in which Ctrl-C comes just behind a statement that begins so."""

    def __init__(self, connection, begin):
        self._connection, self._begin = connection, begin

    @property
    def in_transaction(self):
        return self._connection.in_transaction

    def execute(self, statement, *values):
        done = self._connection.execute(statement, *values)
        if statement.startswith(self._begin):
            self._begin = "nothing more"
            raise KeyboardInterrupt
        return done


@pytest.mark.parametrize("begin", ["BEGIN", "SELECT", "INSERT", "COMMIT"])
def test_an_interruption_anywhere_leaves_neither_a_claim_nor_a_lock(tmp_path, cells, begin):
    store = Store(tmp_path / "a.db")
    plain = store._open
    store._open = Interrupting(plain, begin)
    with pytest.raises(KeyboardInterrupt):
        store.claim(cells)
    store.give_back()
    assert store.doing() == []
    assert not plain.in_transaction
    other = Store(tmp_path / "a.db")
    assert other.claim(cells) == cells[0]
