import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import distributions

from nerode.datasets.random_automata import random_pdfa
from nerode.sampling import sample_words
from nerode.words import Alphabet

END = 2


def witten_bell(words, history):
    """What follows (…, end last) after the last symbols of a history, by counting in loops."""
    if history is None:
        return np.full(3, 1 / 3)
    seen = Counter()
    for word in words:
        text = ("start", "start", *word, END)
        for place in range(2, len(text)):
            if text[place - len(history) : place] == history:
                seen[text[place]] += 1
    below = witten_bell(words, history[1:] if history else None)
    if not seen:
        return below
    total = sum(seen.values())
    return np.array([(seen[a] + len(seen) * below[a]) / (total + len(seen)) for a in range(3)])


def test_a_3_gram_counts_what_follows(rng):
    words = [tuple(rng.integers(2, size=length).tolist()) for length in (0, 1, 3, 3)]
    model = distributions.trigram(words, Alphabet.of_size(2))
    for word in [(), (0,), (1,), (0, 0), (0, 1), (1, 0), (1, 1), (1, 0, 0), (0, 0, 1, 1)]:
        history = ("start", "start", *word)[-2:]
        np.testing.assert_allclose(np.exp(model.scores([word])[0]), witten_bell(words, history), rtol=1e-12)


def test_cells_are_won_by_the_best():
    same = {"problem": "a", "letters": 2, "seconds": 1.0, "states": 3, "perplexity": 2.0}
    of_ways = {"network": (0.0, 1.0), "scores": (0.1, 0.9), "probabilities": (0.2, 0.95), "3-gram": (0.05, 0.9)}
    rows = [{**same, "way": way, "word_error_rate": wrong, "ndcg_at_5": ndcg} for way, (wrong, ndcg) in of_ways.items()]
    assert distributions.winners(rows) == [{"3-gram"}, {"probabilities"}, {"scores", "probabilities", "3-gram"}]
    lines = distributions.table(rows)
    assert lines[3] == "| a | 2 | scores | 3 | 1.0 | 10.00% | 0.9000 | 2.0000 |"
    assert lines[-1] == "Best in 1 of 3 cells: scores; one of scores and probabilities in 2."


def test_problems_without_their_files_are_left_out_with_a_sentence(tmp_path, capsys):
    (tmp_path / "4.spice.train").write_text("3 2\n1 0\n2 0 1\n0\n", encoding="utf-8")
    named = {name: (words, len(alphabet)) for name, words, alphabet in distributions.problems(tmp_path, 0)}
    assert list(named) == ["spice-4", "pdfa-10-4", "pdfa-20-8", "pdfa-30-15"]
    assert sorted(named["spice-4"][0]) == [(), (0,), (0, 1)]
    assert capsys.readouterr().err.startswith(f"spice-0 is left out: {tmp_path} has no 0.spice.train")


def test_a_peer_that_is_not_there(rng, tmp_path):
    pdfa = random_pdfa(rng, 2, 2)
    with pytest.raises(ModuleNotFoundError, match=r"cannot be run"):
        distributions.splearn(sample_words(rng, pdfa, 20, 20), pdfa, str(tmp_path / "python"), rng)
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'splearn'"):
        distributions.splearn(sample_words(rng, pdfa, 20, 20), pdfa, sys.executable, rng)


def test_what_is_measured(rng, tmp_path, monkeypatch):
    for name, value in (("STEPS", 5), ("SAMPLE", 200), ("FRESH", 20)):
        monkeypatch.setattr(distributions, name, value)
    monkeypatch.setattr(distributions.nerode, "extract", lambda network, **options: type("Result", (), {"automaton": network}))
    pdfa = random_pdfa(rng, 3, 2)
    rows = distributions.measured("small", sample_words(rng, pdfa, 100, 30), pdfa.alphabet, str(tmp_path), 0)
    assert [row["way"] for row in rows] == ["network", "scores", "probabilities", "3-gram"]
    assert rows[0]["word_error_rate"] == rows[1]["word_error_rate"] == 0
    assert rows[0]["perplexity"] == rows[1]["perplexity"] != rows[3]["perplexity"] > 1
