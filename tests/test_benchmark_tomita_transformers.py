"""A small run of the benchmark of transformers on Tomita's languages: its networks, and what its rows say."""

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import tomita_transformers as benchmark
from queries.networks import Network

from nerode.automata.operations import separating_word
from nerode.datasets.languages import tomita
from nerode.extraction.loop import extract
from nerode.teachers.architectures import TrainingSettings

LIMITS = {"queries": 1500, "seconds": None}


def network(kind, language, **settings):
    chosen = TrainingSettings(kind, hidden=8, layers=1, **settings)
    return Network(f"{kind}-{language}", language, chosen, lessons=60, longest=6)


def test_every_architecture_learns_every_language():
    names = [each.name for each in benchmark.networks(1.0)]
    assert len(names) == len(set(names)) == 7 * len(benchmark.ARCHITECTURES)
    assert {"transformer-tomita-1", "encoder-tomita-7"} <= set(names)


def test_a_row_says_whether_the_language_came_back(tmp_path):
    learned = network("gru", "tomita-1", max_steps=400)  # which learns in the fewest steps
    (row,) = benchmark.rows([learned], tmp_path, **LIMITS)
    assert (row.network, row.accuracy, row.states, row.truth) == ("gru-tomita-1", 1.0, 2, 2)
    assert (row.equal, row.difference, row.agreement) == (True, None, 1.0)


def test_a_row_shows_the_shortest_difference(tmp_path):
    begun = network("encoder", "tomita-5", max_steps=3)
    (row,) = benchmark.rows([begun], tmp_path, **LIMITS)
    found = extract(begun.model(tmp_path).teacher, "lstar", **LIMITS).automaton
    word = separating_word(found, tomita(5))
    assert row.equal is False
    assert row.difference == (tomita(5).alphabet.text(word) or "ε")
    assert (row.states, row.truth) == (found.states, 4)
    (again,) = benchmark.rows([replace(begun, lessons=9)], tmp_path, **LIMITS)  # it is not trained again
    assert again == row
    (none,) = benchmark.rows([begun], tmp_path, effort=1e-12)
    assert (none.states, none.agreement, none.stopped, none.equal, none.difference) == (None, None, "before a DFA", False, None)
