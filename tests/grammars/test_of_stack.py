"""The grammars of automata with a stack derive the words that these accept."""

import numpy as np
import pytest
from shell import run
from stack_truth import brackets, random_vpa

import nerode
from nerode.errors import InputError
from nerode.grammars.of_stack import grammar_of
from nerode.words import all_words


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.sampled(5)
def test_grammars_derive_what_is_accepted(seed):
    rng = np.random.default_rng(seed)
    vpa = random_vpa(rng, int(rng.integers(1, 4)), int(rng.integers(1, 3)), int(rng.integers(1, 3)), int(rng.integers(0, 2)))
    words = list(all_words(len(vpa.alphabet), {2: 9, 3: 6, 4: 5, 5: 4}[len(vpa.alphabet)]))
    assert grammar_of(vpa).predict(words).tolist() == vpa.predict(words).tolist()


def test_the_grammar_of_brackets_is_that_of_a_text_book():
    (line,) = grammar_of(brackets(1)).lines()
    assert line == 'S → ε | "a" S | "(" S ")" S'


def test_large_automata_are_refused():
    with pytest.raises(
        InputError, match=r"^the grammar of an automaton of [0-9,]+ locations has too many rules; take one of fewer locations$"
    ):
        grammar_of(random_vpa(np.random.default_rng(1), 60, 2, 2, 1))


def test_the_shell_writes_them(capsys, tmp_path):
    vpa, dfa = tmp_path / "vpa.json", tmp_path / "dfa.json"
    brackets(1).save(vpa)
    nerode.from_regex("a*", "a").save(dfa)
    assert run(capsys, "convert", vpa, "--as", "cfg", "--out", tmp_path / "g.json").code == 0
    assert nerode.load_automaton(tmp_path / "g.json").predict(["(a)", ")("]).tolist() == [1, 0]
    assert run(capsys, "convert", vpa, "--out", tmp_path / "g.gbnf").code == 0
    assert (tmp_path / "g.gbnf").read_text(encoding="utf-8").count("::=") == 1
    assert run(capsys, "convert", dfa, "--as", "cfg", "--out", tmp_path / "h.json").code == 2
