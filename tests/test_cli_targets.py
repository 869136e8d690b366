import json

import numpy as np
import pytest
from shell import run

from nerode.automata.distribution import negatives
from nerode.automata.loading import load_automaton, load_metadata
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_pdfa
from nerode.extraction.loop import extract
from nerode.links import Value

pytestmark = pytest.mark.usefixtures("frugal")


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.json"
    random_pdfa(np.random.default_rng(1), 6, 2).save(path)
    return path


def test_probabilities_are_extracted_and_compared(capsys, tmp_path, model):
    out = tmp_path / "out.json"
    done = run(capsys, "extract", model, "--target", "probabilities", "--states", 3, "--out", out, "--json")
    assert done.code == 0
    answer = json.loads(done.out)
    automaton = load_automaton(out)
    assert (automaton.width, automaton.link, automaton.states) == (1, Value(), 3)
    assert load_metadata(out)["target"] == "probabilities"
    assert set(answer["negatives"]) == {"strings", "next_symbols"}
    assert (
        answer["held_out"]["metrics"]["perplexity"]["value"] > answer["held_out"]["metrics"]["perplexity"]["baselines"]["teacher"]
    )
    told = run(capsys, "extract", model, "--target", "probabilities", "--states", 3, "--out", out)
    shares = [f"{answer['negatives'][name]:.2%}" for name in ("strings", "next_symbols")]
    assert (
        f"Below 0, and raised to what is noise: the probabilities of {shares[0]} of these words, and {shares[1]} of those"
        in told.out
    )
    evaluated = run(capsys, "eval", out, model, "--sample", 50, "--json")
    assert evaluated.code == 0
    assert json.loads(evaluated.out)["metrics"]["ndcg_at_5"]["value"] > 0.5


def test_other_targets_have_no_negatives(capsys, tmp_path, model):
    tomita(5).save(tmp_path / "five.json")
    done = run(capsys, "extract", tmp_path / "five.json", "--target", "labels", "--out", tmp_path / "out.json", "--json")
    assert (done.code, json.loads(done.out)["negatives"]) == (0, None)
    assert np.allclose(np.abs(load_automaton(tmp_path / "out.json").scores([(), (0,), (1, 0, 1)])), 1)


def test_a_target_that_does_not_fit(capsys, tmp_path, model):
    done = run(capsys, "extract", model, "--target", "labels", "--out", tmp_path / "out.json")
    assert (done.code, done.out) == (2, "")
    assert done.err.endswith(
        "the target labels does not fit a teacher whose task is language-model; it can have scores, probabilities\n"
    )
    assert not (tmp_path / "out.json").exists()


def test_shares_are_those_of_the_automaton(capsys, tmp_path, model):
    result = extract(load_automaton(model), target="probabilities", states=3)
    done = run(capsys, "extract", model, "--target", "probabilities", "--states", 3, "--out", tmp_path / "out.json", "--json")
    below = negatives(result.automaton, result.fresh)
    assert json.loads(done.out)["negatives"] == {"strings": below.strings, "next_symbols": below.next_symbols}


def test_without_refinement_it_is_the_spectral_automaton(capsys, tmp_path, model):
    out = tmp_path / "out.json"
    done = run(capsys, "extract", model, "--refinement", "none", "--states", 3, "--seconds", 600, "--out", out, "--json")
    wanted = extract(load_automaton(model), refinement="none", states=3, seconds=600)
    assert (done.code, json.loads(done.out)["queries"]) == (0, wanted.queries)
    assert load_metadata(out)["refinement"] == "none"
    np.testing.assert_array_equal(load_automaton(out).transitions, wanted.automaton.transitions)


def test_a_refinement_that_is_not_known(capsys, tmp_path, model):
    done = run(capsys, "extract", model, "--refinement", "adam", "--out", tmp_path / "out.json")
    assert (done.code, done.out) == (2, "")
    assert "argument --refinement: invalid choice: 'adam'" in done.err
