"""JFLAP's files and the HOA format as other programs write them."""

import re

import pytest

from nerode.automata.loading import load_automaton
from nerode.errors import InputError
from nerode.words import all_words


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
        (("Start: 0", "Start: 0&1"), "it is alternating: words begin in several states at once"),
        (("State: 1", "State: 0"), "it defines state 0 twice"),
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


def test_the_number_of_states_may_be_absent_in_hoa(tmp_path):
    text = 'HOA: v1 Start: 1 AP: 1 "p" Acceptance: 1 Inf(0) --BODY-- State: 1 [0] 2 [!0] 3 State: 2 {0} [t] 2 --END--'
    (tmp_path / "a.hoa").write_text(text)
    dfa = load_automaton(tmp_path / "a.hoa")
    words = list(all_words(2, 4))
    assert dfa.predict(words).tolist() == [int(bool(word) and dfa.alphabet.symbols[word[0]] == "p") for word in words]
    (tmp_path / "a.hoa").write_text(text.replace("[t] 2", "[t] 99999999"))
    with pytest.raises(InputError, match="refers to state"):
        load_automaton(tmp_path / "a.hoa")


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


MOVE = "<transition><from>0</from><to>1</to><read>{}</read></transition>"
STATES = '<state id="0"><initial/></state><state id="1"><final/></state>'


def finite_automaton(folder, inside):
    (folder / "a.jff").write_text(f"<structure><type>fa</type><automaton>{inside}</automaton></structure>")
    return load_automaton(folder / "a.jff")


def test_a_range_of_jflap_is_one_character(tmp_path):
    dfa = finite_automaton(tmp_path, STATES + MOVE.format("[0-9]") + MOVE.format("ab"))
    assert dfa.alphabet.symbols == (*"0123456789", "a", "b")
    words = list(all_words(12, 3))
    assert dfa.predict(words).tolist() == [int(bool(re.fullmatch("[0-9]|ab", dfa.alphabet.text(word)))) for word in words]
    assert finite_automaton(tmp_path, STATES + MOVE.format("[")).alphabet.symbols == ("[",)
    for text in ("[9-0]", "[abc]", "x[0-9]", "[0-9]x", "[]"):
        with pytest.raises(InputError, match=r"JFLAP reads \[ in a range such as \[0-9\] alone"):
            finite_automaton(tmp_path, STATES + MOVE.format(text))


def test_building_blocks_of_jflap_are_refused(tmp_path):
    with pytest.raises(InputError, match="it has building blocks"):
        finite_automaton(tmp_path, STATES.replace("state", "block") + MOVE.format("a"))
