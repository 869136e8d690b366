"""What nerode writes is read by other programs, and the other way round; all agree on all words up to a length."""

import sys

import numpy as np
import pytest
from some_automata import PLAIN, any_dfa, any_mealy, assert_alike
from thorough import up_to

from nerode.automata import others
from nerode.automata.dfa import DFA
from nerode.automata.formats import dot
from nerode.automata.loading import automaton_of, load_automaton
from nerode.automata.operations import reachable
from nerode.datasets.random_automata import random_pdfa
from nerode.errors import InputError
from nerode.words import Alphabet, all_words

SEEDS = 30, 200
LONGEST = 4


def answers(dfa):
    """All words up to a length, as symbols, with their labels."""
    words = list(all_words(len(dfa.alphabet), LONGEST))
    return [
        ([dfa.alphabet.symbols[i] for i in word], label) for word, label in zip(words, dfa.predict(words).tolist(), strict=True)
    ]


def assert_equal_answers(dfa, other):
    """The letters may be in another order."""
    words, labels = zip(*answers(other), strict=True)
    assert dfa.predict(words).tolist() == list(labels)


def aalpy_says(machine, word):
    machine.reset_to_initial()
    for letter in [None, *word]:
        output = machine.step(letter)
    return int(output)


def test_aalpy_reads_what_is_written(tmp_path, capsys):
    utils = pytest.importorskip("aalpy.utils")
    for seed in up_to(*SEEDS):
        dfa = any_dfa(np.random.default_rng(seed))
        dfa.save(tmp_path / "a.dot")
        machine = utils.load_automaton_from_file(tmp_path / "a.dot", "dfa")
        assert capsys.readouterr().out == ""  # it has nothing to remark
        assert machine.size == dfa.states
        assert all(aalpy_says(machine, word) == label for word, label in answers(dfa))


@pytest.mark.parametrize("classes", [2, 4])
def test_what_aalpy_writes_is_read(tmp_path, classes):
    utils = pytest.importorskip("aalpy.utils")
    for seed in up_to(*SEEDS):
        dfa = any_dfa(np.random.default_rng(seed), (*PLAIN, "f(a,b)", "->", "x:y", "<"), classes)
        utils.save_automaton_to_file(others.to_aalpy(dfa), tmp_path / "a.dot")
        back = load_automaton(tmp_path / "a.dot")
        assert back.alphabet == dfa.alphabet
        assert_equal_answers(back, dfa)


def test_objects_of_aalpy_go_there_and_back():
    pytest.importorskip("aalpy.automata")
    for seed in up_to(*SEEDS):
        for classes in (2, 4):
            dfa = any_dfa(np.random.default_rng(seed), classes=classes)
            machine = others.to_aalpy(dfa)
            assert all(aalpy_says(machine, word) == label for word, label in answers(dfa))
            back = others.from_aalpy(machine)
            assert back.alphabet == dfa.alphabet
            assert_equal_answers(back, dfa)


def test_objects_of_automata_lib_go_there_and_back():
    pytest.importorskip("automata.fa.dfa")
    for seed in up_to(*SEEDS):
        dfa = any_dfa(np.random.default_rng(seed))
        machine = others.to_automata_lib(dfa)
        assert all(machine.accepts_input(word) == bool(label) for word, label in answers(dfa))
        dfa = DFA(
            Alphabet(tuple(sorted(dfa.alphabet))), dfa.transitions[:, np.argsort(dfa.alphabet.symbols)], dfa.labels, dfa.initial
        )
        assert_alike(others.from_automata_lib(machine), dfa)


def test_nondeterministic_and_incomplete_objects_of_automata_lib_are_read():
    nfa = pytest.importorskip("automata.fa.nfa")
    dfas = pytest.importorskip("automata.fa.dfa")
    for text in ("(a|b)*abb", "a*b?c", "(ab|c)*"):
        machine = nfa.NFA.from_regex(text)
        for read in (others.from_automata_lib(machine), others.from_automata_lib(dfas.DFA.from_nfa(machine).to_partial())):
            assert all(machine.accepts_input(word) == bool(label) for word, label in answers(read))


def test_states_of_automata_lib_may_be_sets():
    nfa = pytest.importorskip("automata.fa.nfa")
    dfas = pytest.importorskip("automata.fa.dfa")
    both = frozenset({0, 1})  # a state, and the states that a letter leads to
    rows = {0: {"a": {0, 1}}, both: {"a": {0}}}
    machine = nfa.NFA(states={0, 1, both}, input_symbols={"a"}, transitions=rows, initial_state=0, final_states={1})
    named = dfas.DFA.from_nfa(nfa.NFA.from_regex("(a|b)*abb"), retain_names=True, minify=False)
    for theirs in (machine, named):
        assert all(theirs.accepts_input(word) == bool(label) for word, label in answers(others.from_automata_lib(theirs)))
    with pytest.raises(InputError, match="NFA is a class; a finite automaton of automata-lib is expected"):
        others.from_automata_lib(nfa.NFA)


def test_many_states_keep_their_numbers():
    pytest.importorskip("automata.fa.dfa")
    dfa = DFA(Alphabet(("a",)), [[(i + 1) % 25] for i in range(25)], [i % 3 == 0 for i in range(25)])
    assert_alike(others.from_automata_lib(others.to_automata_lib(dfa)), dfa)


def test_mealy_machines_of_aalpy_go_there_and_back():
    pytest.importorskip("aalpy.automata")
    for seed in up_to(*SEEDS):
        machine = any_mealy(np.random.default_rng(seed))
        theirs = others.to_aalpy(machine)
        for word in list(all_words(len(machine.alphabet), 4))[1:]:
            theirs.reset_to_initial()
            assert [theirs.step(machine.alphabet.symbols[letter]) for letter in word][-1] == machine.predict([word])[0]
        back = others.from_aalpy(theirs)
        assert back.alphabet == machine.alphabet
        words = list(all_words(len(machine.alphabet), 5))[1:]
        assert back.predict(words).tolist() == machine.predict(words).tolist()
    theirs.initial_state.output_fun.clear()
    with pytest.raises(InputError, match="has a transition without an output"):
        others.from_aalpy(theirs)


def test_machines_of_aalpy_that_have_probabilities_are_refused():
    automata = pytest.importorskip("aalpy.automata")
    mdp = automata.Mdp.from_state_setup({"s": ("x", {"a": [("s", 1.0)]})})
    with pytest.raises(InputError, match="Moore machines are read"):
        others.from_aalpy(mdp)


def test_diagrams_of_automata_lib_are_read(tmp_path):
    pytest.importorskip("automata.fa.dfa")
    pytest.importorskip("coloraide")  # which it draws with
    pytest.importorskip("pygraphviz")
    for seed in range(5):
        dfa = reachable(any_dfa(np.random.default_rng(seed)))
        others.to_automata_lib(dfa).show_diagram().write(tmp_path / "a.dot")
        back = load_automaton(tmp_path / "a.dot")
        assert set(back.alphabet) == set(dfa.alphabet)
        assert_equal_answers(back, dfa)


def test_objects_of_pyformlang_go_there_and_back():
    pytest.importorskip("pyformlang.finite_automaton")
    for seed in up_to(*SEEDS):
        dfa = any_dfa(np.random.default_rng(seed))
        machine = others.to_pyformlang(dfa)
        assert all(machine.accepts(word) == bool(label) for word, label in answers(dfa))
        back = others.from_pyformlang(machine)
        assert_equal_answers(back, dfa)


def test_objects_that_no_library_has_are_refused():
    for read in (others.from_aalpy, others.from_automata_lib, others.from_pyformlang):
        with pytest.raises(InputError, match=r"object is no finite automaton of \S+: it has no attribute"):
            read(object())
    three = DFA(Alphabet(("a",)), [[0]], [2], 0, 3)
    for write in (others.to_automata_lib, others.to_pyformlang):
        with pytest.raises(InputError, match="accepts or rejects, and this one has 3 classes"):
            write(three)


@pytest.mark.parametrize("module", ["aalpy.automata", "automata.fa.dfa", "pyformlang.finite_automaton"])
def test_an_absent_library_is_named(monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    write = {"a": others.to_aalpy, "u": others.to_automata_lib, "y": others.to_pyformlang}[module[1]]
    with pytest.raises(InputError, match="cannot be imported; install it with: pip install"):
        write(DFA(Alphabet(("a",)), [[0]], [0]))


LEARNLIB = """digraph g {

\ts0 [shape="doublecircle" label="0"];
\ts1 [shape="circle" label="1"];
\ts0 -> s1 [label="f(a, b)"];
\ts0 -> s0 [label="<:\\"x\\""];
\ts1 -> s0 [label="f(a, b)"];
\ts1 -> s1 [label="<:\\"x\\""];

__start0 [label="" shape="none" width="0" height="0"];
__start0 -> s0;

}
"""
GRAPHVIZ = """/* the example of many courses */
strict digraph "finite state machine" {
    rankdir=LR; image="/etc/passwd"
    node [shape = point ]; start
    node [shape = doublecircle]; "q:[0]"
    node [shape = circle];
    start -> "q:[0]"
    subgraph cluster_0 { "q:[0]" -> q1:n [ label = "a, b" ]; }
    q1 -> {"q:[0]"} [label="a"
      fontsize=8, color="red"];
# a comment
    q1 -> "q" + "2" [label="b\\nc"] // another
}
"""


def read(text):
    return automaton_of(dot.read(text))


def test_dot_text_of_learnlib_is_refused_where_letters_have_spaces_and_read_otherwise():
    with pytest.raises(InputError, match="white space"):
        read(LEARNLIB)
    dfa = read(LEARNLIB.replace("f(a, b)", "f(a,b)"))
    assert dfa.alphabet.symbols == ("f(a,b)", '<:"x"')
    assert dfa.transitions.tolist() == [[1, 0], [0, 1]]
    assert (dfa.labels.tolist(), dfa.initial, dfa.told) == ([1, 0], 0, "")


def test_dot_text_as_people_write_it_is_read():
    dfa = read(GRAPHVIZ)
    assert dfa.alphabet.symbols == ("a", "b", "c")
    assert dfa.transitions.tolist() == [[1, 1, 3], [0, 2, 2], [3, 3, 3], [3, 3, 3]]
    assert dfa.labels.tolist() == [1, 0, 0, 0]
    assert dfa.told == "letters that led nowhere lead to a new state that rejects all words"


def test_moore_machines_in_dot_text_are_read():
    text = 'digraph g { __start0 [label=""]; __start0 -> s0; s0 [label="s0 / on"]; s1 [label="s1 / off"]; '
    dfa = read(text + 's0 -> s1 [label="t"]; s1 -> s0 [label="t"]; }')
    assert dfa.labels.tolist() == [0, 1]
    assert dfa.told == "of the classes, 0 is 'on', 1 is 'off'"


def test_arrows_that_say_the_same_twice_are_one():
    once = 'digraph g { __start0 -> a; a -> b [label="x/1"]; b -> a [label="x/0"]; '
    assert_alike(read(once + '__start1 -> a; a -> b [label="x/1"] }'), read(once + "}"))


MOORE = "digraph g { __start0 -> a; a [label='a / 0'] b [label='b / 1'] c [label='c / 2'] ".replace("'", '"')
MOORE += "a -> a [label=x] b -> b [label=x] c -> c [label=x] "


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("graph g { a -- b }", "begin with 'digraph'"),
        ("digraph g { a -- b }", "without a direction"),
        ("digraph g { a -> b [label=<<b>x</b>>] }", "a label in HTML"),
        ("digraph g { a -> b [label=x] }", "does not show where words begin"),
        ('digraph g { __start0 -> a; a -> b [label="x/1"] }', "letters lead nowhere"),
        ('digraph g { __start0 -> a; a -> a [label="x/1"]; a -> a [label="x/2"] }', "two ways for the letter 'x'"),
        ('digraph g { __start0 -> a; __start1 -> b; a -> b [label="x/1"] }', "has one initial state, this one has 2"),
        (MOORE + "__start1 -> b; }", "a Moore machine with 2 initial states"),
        (MOORE + "a -> b [label=x] }", "a Moore machine with two ways for one letter"),
        ("digraph g { a -> ", "a name is expected"),
        ('digraph g { "a', "has no end"),
        ("digraph g { " + "{" * 60, "nested too deeply"),
        ("digraph g { a } digraph h { b }", "only one graph"),
        ("digraph g { a [shape=none]; a -> b }", "at least one symbol"),
    ],
)
def test_dot_text_that_is_no_dfa_is_refused(text, words):
    with pytest.raises(InputError, match=words):
        read(text)


def test_arrows_between_large_groups_are_too_many():
    group = "{ " + " ".join(f"a{i}" for i in range(4000)) + " }"
    with pytest.raises(InputError, match="at most 5,000,000 are read"):
        read(f"digraph g {{ {group} -> {group} }}")


@pytest.mark.parametrize(
    ("convert", "library"), [("to_aalpy", "aalpy"), ("to_automata_lib", "automata"), ("to_pyformlang", "pyformlang")]
)
def test_other_automata_are_refused(convert, library):
    if convert == "to_aalpy":
        pytest.importorskip(library)
    with pytest.raises(InputError, match="and this is a PDFA"):
        getattr(others, convert)(random_pdfa(np.random.default_rng(0), 2, 2))
