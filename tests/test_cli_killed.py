"""`nerode extract` killed at random moments: the file is a whole automaton or none, never half of one.

A process that is killed cleans up nothing. Each is a fork of one that has everything imported, so that many can be killed.
"""

import multiprocessing
import os
import time
from contextlib import suppress

import numpy as np
import pytest
from thorough import times

import nerode
from nerode.automata.operations import equivalent
from nerode.cli import main

KILLED = times(12, 100)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """An automaton that is learned in a fraction of a second."""
    path = tmp_path_factory.mktemp("checkpoint") / "dfa.json"
    nerode.language("random-dfa-12-letters-3", np.random.default_rng(0)).save(path)
    return path


@pytest.fixture(scope="module")
def processes():
    """Forks of a process that has imported what an extraction needs."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["nerode.shell.extract", "nerode.extraction.loop"])
    return context


def begun(processes, checkpoint, out):
    arguments = ["extract", checkpoint, "--method", "lstar", "--out", out, "--json"]
    process = processes.Process(target=main, args=([str(argument) for argument in arguments],))
    process.start()
    return process


def temporaries(folder):
    """What a killed process may leave behind; no command takes it for an automaton."""
    return {path.name for path in folder.glob(".nerode-*.tmp")}


def sizes(folder):
    """Of the files that hold something; one that is renamed at this moment is missing."""
    found = {}
    for name in os.listdir(folder):
        with suppress(FileNotFoundError):
            found[name] = (folder / name).stat().st_size
    return {name: size for name, size in found.items() if size}


def test_a_killed_extraction_leaves_a_whole_file_or_none(processes, checkpoint, tmp_path):
    """Half of the processes are killed at moments of the whole run, half while the file is written or soon after."""
    rng = np.random.default_rng(0)
    for _ in range(2):  # the first waits for the imports
        since = time.monotonic()
        whole = begun(processes, checkpoint, tmp_path / "whole.json")
        whole.join()
        takes = time.monotonic() - since
        assert whole.exitcode == 0
    learned = nerode.load_automaton(tmp_path / "whole.json")
    outcomes = []
    for number in range(KILLED):
        folder = tmp_path / str(number)
        folder.mkdir()
        out = folder / "a.json"
        older = number % 4 < 2  # then there is a file already, which must not be lost either
        if older:
            nerode.language("tomita-5", rng).save(out)
        before = sizes(folder)
        process = begun(processes, checkpoint, out)
        if number % 2:
            time.sleep(rng.uniform(0, takes))
        else:
            while process.is_alive() and sizes(folder) == before:
                time.sleep(0.0002)
            time.sleep(rng.uniform(0, 0.01))
        process.kill()
        process.join()
        left = set(os.listdir(folder)) - temporaries(folder)
        assert left <= {"a.json"}
        assert left or not older
        if left:
            found = nerode.load_automaton(out)
            outcomes.append("new" if found.states > 4 else "old")
            assert equivalent(found, learned if found.states > 4 else nerode.language("tomita-5", rng))
        else:
            outcomes.append("none")
    assert {"none", "old"} <= set(outcomes)
