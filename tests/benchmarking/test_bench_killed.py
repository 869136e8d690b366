"""A bench that is killed at random moments goes on where it was; no cell is done twice, and the table is that of one run."""

import os
import signal
import time

import numpy as np
import pytest
from forked import Forks
from thorough import times
from tiny import CELLS, SUITE, lasting, written

from nerode.benchmarking.bench import stored
from nerode.benchmarking.cells import cells_of
from nerode.benchmarking.store import Store
from nerode.benchmarking.suite import read_suite

KILLED = times(6, 100)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "begun"


@pytest.fixture(scope="module")
def forks(log):
    found = Forks(log)
    yield found
    found.close()


@pytest.fixture
def begun(log):
    """The cells that were begun in this test."""
    log.write_text("", encoding="utf-8")
    return lambda: log.read_text(encoding="utf-8").split()


def test_killed_at_random_moments(forks, begun, tmp_path, results):
    rng = np.random.default_rng(0)
    suite, store = written(tmp_path), tmp_path / "results.db"
    kept, cut = {}, 0
    for turn in range(KILLED):
        before = len(begun())
        (number,) = forks.begin(["bench", suite, "--store", store])
        if turn % 2:
            while len(begun()) < min(before + 2, CELLS):
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.02))
        else:
            time.sleep(rng.uniform(0, 0.1))
        os.kill(number, signal.SIGKILL)
        cut += forks.codes() == [-signal.SIGKILL]
        assert not set(begun()[before:]) & set(kept)
        rows = {row.identity: row for row in Store(store).rows()}
        assert {identity: rows[identity] for identity in kept} == kept  # not one of them was written again
        kept = rows
    before = len(begun())
    forks.begin(["bench", suite, "--store", store])
    assert forks.codes() == [0]
    assert not set(begun()[before:]) & set(kept)
    assert cut
    assert len(begun()) > CELLS == len(set(begun()))  # cells were cut short, and begun again
    assert lasting(stored(store).rows) == lasting(results.rows)


def test_an_interruption_keeps_what_is_finished(forks, begun, tmp_path, results):
    suite, store = written(tmp_path), tmp_path / "results.db"
    for _ in range(2):
        (number,) = forks.begin(["bench", suite, "--store", store])
        before = len(begun())
        while len(begun()) < before + 3:
            time.sleep(0.001)
        os.kill(number, signal.SIGINT)
        assert forks.codes() == [3]
        assert Store(store).doing() == []
    forks.begin(["bench", suite, "--store", store])
    assert forks.codes() == [0]
    assert lasting(stored(store).rows) == lasting(results.rows)


def test_two_processes_on_one_file_share_the_cells(forks, begun, tmp_path, results):
    suite, store = written(tmp_path), tmp_path / "results.db"
    forks.begin(*[["bench", suite, "--store", store]] * 2)
    assert forks.codes() == [0, 0]
    assert len(begun()) == len(set(begun())) == CELLS
    assert lasting(stored(store).rows) == lasting(results.rows)


def test_cells_side_by_side(forks, tmp_path):
    """The processes of one that was killed end too, and what they have claimed is given up; the next run does the rest.

    They are new ones, which know nothing of the fewer words of these tests.
    """
    suite = written(tmp_path, SUITE.replace('"tomita-5", ', "").replace("effort = 0.1", "effort = 0.2"))
    store, command = tmp_path / "results.db", ["bench", suite, "--store", tmp_path / "results.db"]
    (number,) = forks.begin([*command, "--jobs", "2"])
    while not store.exists() or not Store(store).finished():
        os.kill(number, 0)
        time.sleep(0.01)
    os.kill(number, signal.SIGKILL)
    assert forks.codes() == [-signal.SIGKILL]
    kept = Store(store)
    while kept.doing():
        kept.release_dead()
        time.sleep(0.01)
    done = kept.rows()
    assert done
    forks.begin(command)
    assert forks.codes() == [0]
    assert kept.rows()[: len(done)] == done
    assert kept.finished() == {cell.identity for cell in cells_of(read_suite(suite))}
