"""Files of automata that other programs write are read as they are meant."""

import re
from pathlib import Path

import numpy as np
import pytest

from nerode.automata.formats import machine
from nerode.automata.loading import load_automaton
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
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


def test_a_table_of_symbols_gives_the_alphabet(tmp_path):
    (tmp_path / "a.att").write_text("0 1 2 2\n1 0 2 2\n1\n")
    assert load_automaton(tmp_path / "a.att").alphabet.symbols == ("2",)
    (tmp_path / "a.syms").write_text("<eps> 0\na 1\nb 2\nc 3\n")
    read = load_automaton(tmp_path / "a.att")
    assert read.alphabet.symbols == ("a", "b", "c")
    assert read.predict(["b", "bb", "bbb", "a", "bc"]).tolist() == [1, 0, 1, 0, 0]
    assert read.told
    again = tmp_path / "b.att"
    read.save(again)
    read.save(again.with_suffix(".syms"))
    assert again.with_suffix(".syms").read_text() == "<eps>\t0\na\t1\nb\t2\nc\t3\n"
    back = load_automaton(again)
    assert (back.transitions == read.transitions).all()
    (tmp_path / "a.syms").write_text("<eps> 0\na 1\n")
    with pytest.raises(InputError, match="does not have the letter '2'"):
        load_automaton(tmp_path / "a.att")


@pytest.mark.parametrize(
    ("letters", "meant"),
    [("1 2", "0 1"), ("1 0", "1 0"), ("0 2", "<eps> 1"), ("<eps> 2", "<eps> 1"), ("1 <eps>", "1 <eps>")],
)
def test_letters_are_all_names_or_all_numbers(tmp_path, letters, meant):
    """Numbers that are names too: they are numbers where one of them is no name."""
    found = []
    for text, table in ((letters, "<eps> 0\n0 1\n1 2\n"), (meant, "<eps> 0\n0 1\n1 2\n")):
        first, second = text.split()
        (tmp_path / "a.att").write_text(f"0 1 {first} {first}\n1 2 {second} {second}\n2\n")
        (tmp_path / "a.syms").write_text(table)
        found.append(load_automaton(tmp_path / "a.att").predict(list(all_words(2, 4))).tolist())
    assert found[0] == found[1]
    assert sum(found[0]) == 1


def test_letters_of_two_kinds_are_refused(tmp_path):
    (tmp_path / "a.att").write_text("0 1 a a\n1 2 2 2\n2\n")
    (tmp_path / "a.syms").write_text("<eps> 0\na 1\nb 2\n")
    with pytest.raises(InputError, match="'a' is a name and '2' a number of the table of symbols"):
        load_automaton(tmp_path / "a.att")


def test_weights_of_att_text_are_summed_over_paths(tmp_path):
    """0.5 on two paths of `a`, with a step that reads nothing between."""
    half = float(-np.log(0.5))
    (tmp_path / "a.att").write_text(f"s t a a {half}\ns u a a {half}\nu t <eps> <eps> 0\nt {half}\n")
    wfa = load_automaton(tmp_path / "a.att")
    assert isinstance(wfa, WFA)
    assert wfa.scores(["a", "ε", "aa"])[:, 0] == pytest.approx([0.5, 0, 0])


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
    """Words whose third letter from the end is 1: 4 states, at least 8 deterministic ones."""
    lines = ["0 0 0 0", "0 0 1 1", "0 1 1 1", "1 2 0 0", "1 2 1 1", "2 3 0 0", "2 3 1 1", "3"]
    (tmp_path / "a.att").write_text("\n".join(lines))
    dfa = load_automaton(tmp_path / "a.att")
    words = list(all_words(2, 6))
    assert dfa.predict(words).tolist() == [int(len(word) > 2 and word[-3] == 1) for word in words]
    assert dfa.told == "it was not deterministic: 4 states became 8"
    far = [*lines[:-1], *(f"{i} {i + 1} {a} {a}" for i in range(3, 20) for a in "01"), "20"]
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


def test_hoa_of_other_programs_is_read(tmp_path):
    """An even number of positions where a is true and b is not; implicit labels follow the order of the format."""
    head = 'HOA: v1\nname: "x" /* : */\nStates: 2\nStart: 0\nAP: 2 "a" "b"\nacc-name: Buchi\nAcceptance: 1 Inf(0)\n'
    explicit = "--BODY--\nState: 0 {0}\n[0&!1] 1\n[!(0&!1)] 0\nState: 1\n[0&!1] 0\n[!0 | 1] 1\n--END--\n"
    implicit = "--BODY--\nState: 0 {0} 0 1 0 0\nState: 1 1 0 1 1 --END--"
    found = []
    for body in (
        explicit,
        implicit,
        "Alias: @x 0&!1\nAlias: @y !@x\n--BODY-- State: 0 {0} [@x] 1 [@y] 0 State: 1 [@x] 0 [@y] 1 --END--",
    ):
        (tmp_path / "a.hoa").write_text(head + body)
        found.append(load_automaton(tmp_path / "a.hoa"))
    for dfa in found:
        assert dfa.alphabet.symbols == ("!a&!b", "a&!b", "!a&b", "a&b")
        assert dfa.predict([[0, 2, 3], [1], [1, 0, 1], [3, 1]]).tolist() == [1, 0, 1, 0]
    for change, words in (
        (("Inf(0)", "Fin(0)"), "finite words need"),
        (("State: 1", "State: 2"), "refers to state 2"),
        (("--END--", "--ABORT--"), "a state or --END-- is expected, not '--ABORT--'"),
        (("--END--", "--END--\n" + head), "after --END-- comes 'HOA:'; only one automaton a file is read"),
    ):
        (tmp_path / "a.hoa").write_text((head + explicit).replace(*change))
        with pytest.raises(InputError, match=words):
            load_automaton(tmp_path / "a.hoa")


def test_hoa_without_propositions_has_one_letter(tmp_path):
    (tmp_path / "a.hoa").write_text("HOA: v1 States: 1 Start: 0 AP: 0 Acceptance: 1 Inf(0) --BODY-- State: 0 {0} [t] 0 --END--")
    dfa = load_automaton(tmp_path / "a.hoa")
    assert dfa.alphabet.symbols == ("t",)
    assert dfa.predict([[], [0, 0]]).tolist() == [1, 1]


def test_jflap_files_of_others_are_read(tmp_path):
    """Older files have no <automaton>; a transition may read several characters or none."""
    states = '<state id="7" name="x"><initial/></state><state id="3"><final/></state>'
    moves = (
        "<transition><from>7</from><to>3</to><read>ab</read></transition><transition><from>3</from><to>7</to><read/></transition>"
    )
    (tmp_path / "a.jff").write_text(f"<?xml version='1.0'?><!--JFLAP--><structure><type>fa</type>{states}{moves}</structure>")
    dfa = load_automaton(tmp_path / "a.jff")
    words = list(all_words(2, 6))
    assert dfa.predict(words).tolist() == [int(bool(re.fullmatch("(ab)+", dfa.alphabet.text(word)))) for word in words]
