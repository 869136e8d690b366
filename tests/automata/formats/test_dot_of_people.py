"""DOT text as people write it: where words begin, letters with a slash, outputs of states and of arrows."""

from itertools import product

import pytest

from nerode.automata.dfa import DFA
from nerode.automata.formats import dot
from nerode.automata.loading import automaton_of
from nerode.automata.mealy import Mealy
from nerode.errors import InputError


def read(text):
    return automaton_of(dot.read(text))


def language(text, alphabet, longest=4):
    """The accepted words up to a length, over letters that the file may not have."""
    dfa = read(text)
    words = [word for n in range(longest + 1) for word in product(alphabet, repeat=n)]
    return {"".join(word) for word in words if set(word) <= set(dfa.alphabet) and dfa.predict([word])[0] == 1}


def test_an_arrow_with_a_letter_does_not_show_where_words_begin():
    plain = "node [shape=plaintext]; q1 [shape=doublecircle]; q0 -> q1 [label=a]; q1 -> q1 [label=b];"
    with pytest.raises(InputError, match="does not show where words begin: no arrow without a letter comes from an invisible"):
        read(f"digraph {{ {plain} }}")
    for entry in ("start -> q0", "start -> q0 [label=start]", "__start0 -> q0 [label=Initial]", "x [label=initial]; x -> q0"):
        assert language(f"digraph {{ {plain} {entry} }}", "ab") == {"a", "ab", "abb", "abbb"}


@pytest.mark.parametrize("arrow", ["q2 -> q1 [label=a]", "q2 -> q1 [label=start]; q0 -> q0 [label=start]"])
def test_a_state_without_a_frame_is_no_second_entry(arrow):
    """No arrow enters q2, and no word reaches it."""
    text = "digraph { node [shape=none]; i [shape=point]; q1 [shape=doublecircle]; i -> q0; q0 -> q1 [label=a]; %s }"
    assert language(text % arrow, "ab") == {"a"}


def test_letters_may_have_a_slash_where_states_accept():
    """Pairs of bits: a 1 below in the last place."""
    pairs = "q0 -> q0 [label='0/0, 1/0']; q0 -> q1 [label='0/1, 1/1']; q1 -> q1 [label='0/1, 1/1']; q1 -> q0 [label='0/0, 1/0']"
    text = f"digraph {{ i [shape=point]; i -> q0; q1 [shape=doublecircle]; {pairs} }}".replace("'", '"')
    dfa = read(text)
    assert dfa.alphabet.symbols == ("0/0", "1/0", "0/1", "1/1")
    assert dfa.told == "labels such as '0/0, 1/0' are letters, since some of its states accept"
    words = [word for n in range(4) for word in product(dfa.alphabet, repeat=n)]
    assert dfa.predict(words).tolist() == [int(bool(word) and word[-1].endswith("1")) for word in words]
    with pytest.raises(InputError, match="some of its states accept, and its arrows have outputs, such as 'a / 0'"):
        read('digraph { __start0 -> q; q [peripheries=2]; q -> q [label="a / 0"] }')


@pytest.mark.parametrize(
    "arrows",
    [
        'q -> q [label="a/0"]; q -> q [label="b/1"]; q -> q [label="c/1"]',
        'q -> q [label="a/0, b/1, c/1"]',
        r'q -> q [label="a/0\nb/1\nc/1"]',
        'q -> q [label="a/0"]; q -> q [label="b,c / 1"]',
        'q -> q [label="a/0, b,c/1"]',
    ],
)
def test_an_arrow_has_several_letters_with_outputs(arrows):
    machine = read(f"digraph {{ __start0 -> q; {arrows} }}")
    assert isinstance(machine, Mealy)
    assert machine.alphabet.symbols == ("a", "b", "c")
    assert machine.outputs.tolist() == [[0, 1, 1]]


def test_a_letter_with_a_slash_has_an_output_after_spaces():
    machine = read('digraph { __start0 -> q; q -> q [label="GET/x / 200"]; q -> q [label="PUT / 4/5"] }')
    assert machine.alphabet.symbols == ("GET/x", "PUT")
    assert machine.told.startswith("of the classes, 0 is '200', 1 is '4/5'")


@pytest.mark.parametrize("divider", ["/", r"\n", " / "])
@pytest.mark.parametrize(("rejecting", "accepting"), [("0", "1"), ("reject", "accept"), ("no", "YES"), ("-", "+")])
def test_outputs_of_states_are_classes(divider, rejecting, accepting):
    """An odd number of letters."""
    names = [f'q{i} [label="q{i}{divider}{out}"]' for i, out in enumerate((rejecting, accepting))]
    for order in (names, names[::-1]):
        dfa = read(f"digraph {{ {'; '.join(order)}; i [shape=point]; i -> q0; q0 -> q1 [label=a]; q1 -> q0 [label=a]; }}")
        assert dfa.predict(["", "a", "aa", "aaa"]).tolist() == [0, 1, 0, 1]
    assert ("are read from labels such as" in dfa.told) == (divider != " / ")


def test_outputs_of_which_one_accepts_are_class_1_alone_too():
    dfa = read('digraph { __start0 -> q; q [label="q / accept"]; q -> q [label=a] }')
    assert (dfa.labels.tolist(), dfa.told) == ([1], "of the classes, 1 is 'accept'")


def test_no_accepting_state_is_told():
    dfa = read("digraph { i [shape=point]; i -> q0; q1 [style=filled, fillcolor=green]; q0 -> q1 [label=a]; q1 -> q0 [label=a] }")
    assert isinstance(dfa, DFA)
    assert dfa.told == "no state is accepting: a double circle (shape=doublecircle or peripheries=2) shows acceptance"


@pytest.mark.parametrize("name", ["xlabel", "headlabel", "taillabel"])
def test_a_label_beside_an_arrow_is_its_letter(name):
    text = f"digraph {{ i [shape=point]; i -> 0; 1 [shape=doublecircle]; 0 -> 1 [label=a, {name}=x]; 1 -> 0 [{name}=b]; }}"
    assert language(text, "abx") == {"a", "aba"}
    with pytest.raises(InputError, match="an arrow has the labels 'a' and 'b'; write its letter as its label"):
        read("digraph { i [shape=point]; i -> 0; 0 -> 0 [xlabel=a, taillabel=b] }")


@pytest.mark.parametrize(
    "entry",
    ['i [style=invis]; i -> q0 [label="λ"]', 'i [style=invis]; i -> q0 [label="q0"]', "i [shape=point]; i -> q0 [label=a]"],
)
def test_what_stands_at_the_arrow_of_an_unseen_node_is_no_letter(entry):
    assert language(f"digraph {{ {entry}; q1 [shape=doublecircle]; q0 -> q1 [label=a]; q1 -> q0 [label=a] }}", "a") == {
        "a",
        "aaa",
    }


def test_text_without_a_frame_and_without_a_letter_shows_where_words_begin_too():
    text = "digraph { A [shape=none]; p [shape=point]; p -> q0; A -> q1; q0 -> q1 [label=a]; q1 [shape=doublecircle] }"
    assert language(text, "a") == {"", "a"}


def test_an_invisible_arrow_of_a_legend_means_nothing():
    legend = "leg [shape=plaintext]; leg -> q1 [style=invis]"
    assert language(f"digraph {{ {legend}; p [shape=point]; p -> q0; q0 -> q1 [label=a]; q1 [peripheries=2] }}", "a") == {"a"}
