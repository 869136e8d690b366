import re
from itertools import pairwise, product

import numpy as np
import pytest

from nerode.automata.dfa import DFA
from nerode.automata.operations import minimise
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.datasets.languages import LANGUAGES, Dyck, copying, counting, language, tomita, unbounded_history
from nerode.errors import InputError
from nerode.links import Binary
from nerode.protocols import SteppingTeacher
from nerode.words import all_words


def odd_after_odd(text):
    runs = [match[0] for match in re.finditer(r"0+|1+", text)]
    return any(a[0] == "1" and len(a) % 2 and len(b) % 2 for a, b in pairwise(runs))


TOMITA = {
    1: (2, lambda text: "0" not in text),
    2: (3, lambda text: re.fullmatch("(10)*", text)),
    3: (5, lambda text: not odd_after_odd(text)),
    4: (4, lambda text: "000" not in text),
    5: (4, lambda text: text.count("0") % 2 == 0 and text.count("1") % 2 == 0),
    6: (3, lambda text: (text.count("0") - text.count("1")) % 3 == 0),
    7: (5, lambda text: re.fullmatch("0*1*0*1*", text)),
}


def test_languages_of_unbounded_history():
    """By the words of the paper's definitions."""
    for word in all_words(2, 10):
        first = unbounded_history(1).predict([word])[0]
        assert first == (1 if len(word) % 9 in (1, 4, 8) else 0)
        third = np.exp(unbounded_history(3).scores([word])[0])
        likely = 1 if word.count(0) % 2 == word.count(1) % 2 == 1 else 0
        assert np.allclose(third, [0.525, 0.425, 0.05] if likely == 0 else [0.425, 0.525, 0.05])
    for word in all_words(5, 4):
        chances = np.exp(unbounded_history(2).scores([word])[0])
        assert chances[:5].argmax() == len(word) % 5
        assert np.allclose(sorted(chances), [0.25 / 5.5, *[0.5 / 5.5] * 4, 0.5 + 0.5 / 5.5])
    with pytest.raises(InputError, match="uhl-1 to uhl-3"):
        unbounded_history(4)


@pytest.mark.parametrize("number", TOMITA)
def test_tomita(number):
    states, member = TOMITA[number]
    dfa = tomita(number)
    assert dfa.states == minimise(dfa).states == states
    words = list(all_words(2, 11))
    assert dfa.predict(words).tolist() == [int(bool(member("".join(map(str, word))))) for word in words]


def balanced(dyck, text):
    """Membership by a stack."""
    pairs = {")": "(", "]": "[", "}": "{", ">": "<"}
    stack = []
    for symbol in text:
        if symbol in pairs.values():
            stack.append(symbol)
        elif symbol in pairs and (not stack or stack.pop() != pairs[symbol]):
            return False
        if dyck.depth is not None and len(stack) > dyck.depth:
            return False
    return not stack


@pytest.mark.parametrize(
    ("dyck", "states", "longest"),
    [(Dyck(1, 1), 3, 10), (Dyck(1, 3, 1), 5, 8), (Dyck(2, 2), 8, 6), (Dyck(2, 3, 1), 16, 6), (Dyck(3, 1, 2), 5, 5)],
)
@pytest.mark.sampled(3)
def test_bounded_dyck(dyck, states, longest):
    words = list(all_words(len(dyck.alphabet), longest))
    truth = [balanced(dyck, dyck.alphabet.text(word) if word else "") for word in words]
    dfa = dyck.dfa()
    assert dfa.states == minimise(dfa).states == states
    assert (dfa.predict(words) == 1).tolist() == truth
    assert dyck.contains(words).tolist() == truth
    assert 0 < sum(truth) < len(truth)


def test_unbounded_dyck():
    dyck = Dyck(2, None, 1)
    words = list(all_words(5, 6))
    assert dyck.contains(words).tolist() == [balanced(dyck, dyck.alphabet.text(word) if word else "") for word in words]
    deep = "([" * 100 + "])" * 100  # more open brackets than a machine integer has bits
    assert (
        dyck.contains([deep, deep[:-1], deep + ")", "[" + deep[1:], deep.replace("])", ")]", 1)]).tolist() == [True] + [False] * 4
    )
    assert isinstance(dyck, SteppingTeacher)
    assert dyck.link == Binary()
    assert dyck.scores([(), (0,)]).tolist() == [[1.0], [-1.0]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dyck(0), "1 to 4 kinds"),
        (lambda: Dyck(5), "1 to 4 kinds"),
        (lambda: Dyck(1, 0), "at least 1"),
        (lambda: Dyck(1, 1, 27), "0 to 26"),
        (lambda: Dyck(2).dfa(), "unbounded"),
        (lambda: Dyck(2, 30).dfa(), "million states"),
        (lambda: tomita(8), "1 to 7"),
        (lambda: counting(3, 3), "cannot count"),
        (lambda: copying(0), "cannot be copied"),
        (lambda: copying(19, 1), "cannot be copied"),
    ],
)
def test_what_there_is_not(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(("longest", "letters"), [(1, 1), (3, 1), (2, 2), (1, 3)])
def test_copying(longest, letters):
    dfa = copying(longest, letters)
    words = list(all_words(letters + 1, 2 * longest + 2))
    texts = {word for length in range(longest + 1) for word in product(range(letters), repeat=length)}
    assert {word for word, label in zip(words, dfa.predict(words), strict=True) if label} == {(*u, letters, *u) for u in texts}
    assert dfa.states == minimise(dfa).states


def test_counting():
    dfa = counting(5, 2, 3)
    assert dfa.states == minimise(dfa).states == 5
    words = list(all_words(3, 7))
    assert dfa.predict(words).tolist() == [int(word.count(0) % 5 == 2) for word in words]


@pytest.mark.parametrize(
    ("name", "kind", "states", "letters"),
    [
        ("tomita-3", DFA, 5, 2),
        ("dyck-2-depth-4", DFA, 32, 4),
        ("dyck-1-depth-3-fillers-5", DFA, 5, 7),
        ("dyck-3", Dyck, None, 6),
        ("copy-2", DFA, 15, 3),
        ("counting-3", DFA, 3, 2),
        ("counting-4-residue-1-letters-3", DFA, 4, 3),
        ("random-dfa-10-letters-3", DFA, 10, 3),
        ("random-pdfa-5-letters-4", PDFA, 5, 4),
        ("random-wfa-6-letters-2", WFA, 6, 2),
    ],
)
def test_language_by_name(name, kind, states, letters):
    teacher = language(name, np.random.default_rng(0))
    assert isinstance(teacher, kind)
    assert isinstance(teacher, SteppingTeacher)
    assert len(teacher.alphabet) == letters
    assert states is None or teacher.states == states
    assert np.array_equal(teacher.scores([(0, 1)]), language(name, np.random.default_rng(0)).scores([(0, 1)]))


def test_optional_numbers_reach_the_language(rng):
    assert language("counting-4-residue-1", rng).predict([(0,), (1,)]).tolist() == [1, 0]
    assert language("random-dfa-9-letters-2-classes-4", rng).classes == 4
    assert language("random-wfa-3-letters-2-width-5", rng).width == 5


@pytest.mark.parametrize(
    "name", ["", "tomita", "tomita-", "tomita-3-", "tomita--3", "dyck-1-fillers", "random-dfa-3", "TOMITA-3"]
)
def test_unknown_names_list_what_there_is(rng, name):
    with pytest.raises(InputError) as caught:
        language(name, rng)
    assert repr(name) in str(caught.value)
    assert all(pattern in str(caught.value) for pattern in LANGUAGES)


@pytest.mark.parametrize("name", ["tomita-9", "dyck-9", "counting-1", "random-dfa-0-letters-2", "random-pdfa-2-letters-0"])
def test_numbers_out_of_range(rng, name):
    with pytest.raises(InputError):
        language(name, rng)
