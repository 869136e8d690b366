"""Files of automata that other programs write are read as they are meant."""

from pathlib import Path

import numpy as np
import pytest

from nerode.automata.formats import machine
from nerode.automata.loading import load_automaton
from nerode.automata.pdfa import PDFA
from nerode.errors import InputError
from nerode.words import all_words


def test_the_others_automata_in_att_text_are_read(shared_mlregtest):
    files = sorted(shared_mlregtest.glob("*.att"))
    assert len(files) == 52
    for file in files:
        dfa = load_automaton(file)
        size = int(file.name[:2])  # letters
        assert len(dfa.alphabet) == size
        rows = [line.split() for line in file.read_text().splitlines() if line.strip()]
        steps = {(row[0], row[2]): row[1] for row in rows if len(row) == 4}
        finals = {row[0] for row in rows if len(row) == 1}
        words = list(all_words(size, 4 if size == 4 else 2))
        assert dfa.predict(words).tolist() == [accepts(steps, finals, rows[0][0], dfa.alphabet, word) for word in words]


def accepts(steps, finals, state, alphabet, word):
    for letter in word:
        state = steps.get((state, alphabet.symbols[letter]))
    return int(state in finals)


@pytest.fixture
def shared_mlregtest():
    folder = (Path(__file__).resolve().parents[3] / ".." / "shared" / "data" / "mlregtest").resolve()
    if not folder.is_dir():
        pytest.skip("the automata beside the repository (../shared/data/mlregtest) are absent")
    return folder


def test_a_model_of_pautomac_is_read_as_its_authors_mean_it(tmp_path):
    """A step has probability (1 − F) · S · T."""
    text = "I: (state)\n\t(0) 1.0\nF: (state)\n\t(0) 0.2\n\t(1) 1.0\nS: (state,symbol)\n\t(0,0) 0.25\n\t(0,1) 0.75\n"
    (tmp_path / "a.pautomac").write_text(text + "T: (state,symbol,state) \n\t(0,0,0) 1.0\n\t(0,1,1) 1.0\n")
    pdfa = load_automaton(tmp_path / "a.pautomac")
    assert isinstance(pdfa, PDFA)
    assert pdfa.probabilities == pytest.approx(np.array([[0.2, 0.6, 0.2], [0, 0, 1]]))
    assert pdfa.transitions.tolist() == [[0, 1], [1, 1]]
    (tmp_path / "a.pautomac").write_text(text + "T: (state,symbol,state)\n(0,0,0) 0.5\n(0,0,1) 0.5\n(0,1,1) 1.0\n")
    wfa = load_automaton(tmp_path / "a.pautomac")
    assert wfa.scores([(), (0,), (1,)])[:, 0] == pytest.approx([0.2, 0.1 * 0.2 + 0.1, 0.6])


def test_a_nondeterministic_machine_becomes_deterministic(tmp_path):
    """Words whose third letter from the end is b: 4 states, at least 8 deterministic ones."""
    lines = ["0 0 a a", "0 0 b b", "0 1 b b", "1 2 a a", "1 2 b b", "2 3 a a", "2 3 b b", "3"]
    (tmp_path / "a.att").write_text("\n".join(lines))
    dfa = load_automaton(tmp_path / "a.att")
    words = list(all_words(2, 6))
    assert dfa.predict(words).tolist() == [int(len(word) > 2 and word[-3] == 1) for word in words]
    assert dfa.told == "it was not deterministic: 4 states became 8"
    far = [*lines[:-1], *(f"{i} {i + 1} {a} {a}" for i in range(3, 20) for a in "ab"), "20"]
    (tmp_path / "a.att").write_text("\n".join(far))
    with pytest.raises(InputError, match="a deterministic one needs too many states; at most 10,000"):
        load_automaton(tmp_path / "a.att")


def test_the_subset_construction_stops_within_a_state(tmp_path, monkeypatch):
    """Each letter of the first state leads to a state from which 100 steps read nothing."""
    steps = [f"1 {state} <eps>" for state in range(2, 102)]
    (tmp_path / "a.att").write_text("\n".join([*(f"0 1 a{letter}" for letter in range(50)), *steps, "1", ""]))
    assert load_automaton(tmp_path / "a.att").predict([[0], [0, 0]]).tolist() == [1, 0]
    looked_at = []
    monkeypatch.setattr(machine, "MOST_STEPS", 1000)
    monkeypatch.setattr(machine, "sorted", lambda states: looked_at.append(1) or sorted(states), raising=False)
    with pytest.raises(InputError, match="needs too many states"):
        load_automaton(tmp_path / "a.att")
    assert 3 < len(looked_at) < 10
