"""DFAs to regular expressions and back: Python's `re` matches the accepted words, and no others."""

import re
import sys
from pathlib import Path
from statistics import median

import numpy as np
import pytest

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words, equivalent
from nerode.datasets.languages import counting, tomita
from nerode.datasets.random_automata import random_dfa
from nerode.errors import InputError
from nerode.grammars import regular_expressions
from nerode.grammars.elimination import expressions
from nerode.grammars.identities import choice, repeat, sequence
from nerode.grammars.regular_expressions import LINE_CHARACTERS, regex_in_a_line, regex_within
from nerode.grammars.shortening import agrees, changes, shortened
from nerode.grammars.terms import Choice, Letters, Repeat
from nerode.grammars.writing import written
from nerode.words import Alphabet, all_words

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from regular_expressions import PATTERNS, by_library, divisible

AB = Alphabet(("a", "b"))
A, B, BOTH = Letters(frozenset([0])), Letters(frozenset([1])), Letters(frozenset([0, 1]))


def matched(text, alphabet, words):
    """Whether Python matches each word."""
    expression, space = re.compile(text), "" if alphabet.single_characters else " "
    return [int(expression.fullmatch("".join(alphabet.symbols[a] + space for a in word)) is not None) for word in words]


def there_and_back(dfa, longest):
    text = nerode.to_regex(dfa)
    words = list(all_words(len(dfa.alphabet), longest))
    assert matched(text, dfa.alphabet, words) == dfa.predict(words).tolist()
    assert equivalent(nerode.from_regex(text, dfa.alphabet), dfa)
    return text


@pytest.mark.parametrize(("number", "text"), [(1, "1*"), (2, "(10)*"), (4, "(0?0?1)*0?0?"), (7, "0*1*0*1*")])
def test_languages_are_written_as_text_books_do(number, text):
    assert there_and_back(tomita(number), 8) == text


@pytest.mark.parametrize("number", [3, 5, 6])
def test_the_other_tomita_languages(number):
    assert len(there_and_back(tomita(number), 8)) <= 31


@pytest.mark.parametrize(("modulus", "most"), [(3, 14), (4, 10), (5, 41), (6, 16), (7, 91), (8, 11), (11, 400)])
@pytest.mark.sampled(4)
def test_binary_numbers(modulus, most):
    assert len(there_and_back(divisible(modulus), 9)) <= most


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.sampled(9)
def test_random_dfas(seed):
    rng = np.random.default_rng(seed)
    there_and_back(random_dfa(rng, int(rng.integers(1, 6)), int(rng.integers(1, 4))), 6)


def test_languages_of_all_small_dfas():
    """All DFAs of two states over two letters, minimal or not."""
    for number in range(2**6):
        bits = [number >> i & 1 for i in range(6)]
        there_and_back(DFA(AB, np.reshape(bits[:4], (2, 2)), bits[4:]), 5)


def test_empty_words_and_no_words():
    assert nerode.to_regex(DFA(AB, [[0, 0]], [0])) == "(?!)"
    assert nerode.to_regex(DFA(AB, [[0, 0]], [1])) == "[ab]*"
    assert nerode.to_regex(DFA(AB, [[1, 1], [1, 1]], [1, 0])) == "()"


def test_the_complement_is_shown_where_it_is_much_shorter():
    dfa = nerode.from_regex("(?!(abcabd|dca)$)[a-e]*", "abcde")
    text = there_and_back(dfa, 5)
    assert text.startswith("(?!(")
    assert text.endswith("$)[a-e]*")
    assert len(text) < 25


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.sampled(4)
def test_text_patterns(name):
    pattern, letters = PATTERNS[name]
    dfa = nerode.from_regex(pattern, letters)
    text = there_and_back(dfa, 2)
    assert len(text) <= 1.3 * len(pattern.replace("\\d", "[0-9]"))
    near = [(*word, *more) for word in access_words(dfa) for more in all_words(len(letters), 1)]
    words = ["".join(letters[i] for i in word) for word in near]
    expected = [re.fullmatch(pattern, word) is not None for word in words]
    assert [re.fullmatch(text, word) is not None for word in words] == expected
    assert any(expected)


def test_the_page_shows_what_is_written():
    page = (Path(__file__).resolve().parents[2] / "docs" / "regular-expressions.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| (Tomita|binary numbers divisible by|dates|decimal numbers)(?: (\d+))?[^|]* \| `(.*)` \|$", page, re.MULTILINE
    )
    assert len(rows) == 11
    for kind, number, text in rows:
        if kind == "Tomita":
            dfa = tomita(int(number))
        elif kind.startswith("binary"):
            dfa = divisible(int(number))
        else:
            dfa = nerode.from_regex(*PATTERNS[kind.split()[0].removesuffix("s")])
        assert nerode.to_regex(dfa) == text.replace("\\|", "|")


def test_a_library_writes_longer_ones():
    lengths = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        dfa = random_dfa(rng, int(rng.integers(3, 6)), 2)
        lengths.append((len(nerode.to_regex(dfa)), len(by_library(dfa))))
    assert median(own for own, _ in lengths) <= 0.8 * median(other for _, other in lengths)


def test_letters_that_mean_something_are_escaped():
    letters = tuple("\\.^$*+?{}[]()|-a/&~")
    for count in (1, 2, len(letters)):
        for begin in range(len(letters) - count + 1):
            alphabet = Alphabet(letters)
            transitions = np.full((2, len(letters)), 1)
            transitions[0, begin : begin + count] = 0
            there_and_back(DFA(alphabet, transitions, [1, 0]), 1)


def test_symbols_of_several_characters():
    alphabet = Alphabet(("open", "close", "a.b"))
    dfa = DFA(alphabet, [[1, 2, 0], [2, 0, 1], [2, 2, 2]], [1, 0, 0])
    assert there_and_back(dfa, 5) == r"(a\.b |open (a\.b )*close )*"
    assert nerode.to_regex(DFA(alphabet, [[1, 1, 0], [1, 1, 1]], [0, 1])) == r"(a\.b )*(open |close )(open |close |a\.b )*"


def test_what_has_no_expression_is_refused(monkeypatch, rng):
    with pytest.raises(InputError, match="a DFA of two classes, and this one has 3"):
        nerode.to_regex(random_dfa(rng, 4, 2, 3))
    with pytest.raises(InputError, match="a DFA of 151 states has no regular expression"):
        nerode.to_regex(counting(151))
    assert regex_within(tomita(5), 30) is None
    assert regex_within(tomita(5), 31) is not None
    monkeypatch.setattr(regular_expressions, "MOST_SIZE", 30)
    with pytest.raises(InputError, match="no regular expression of at most 30 characters was found"):
        nerode.to_regex(tomita(5))
    monkeypatch.setattr(regular_expressions, "written", lambda term, alphabet: "0")
    with pytest.raises(RuntimeError, match="please report it"):
        nerode.to_regex(tomita(1))


def test_what_is_kept_for_a_line_is_told_apart():
    """Machines that differ in one part each; each is asked twice."""
    parts = {"alphabet": Alphabet("ab"), "transitions": [[0, 1], [1, 0]], "labels": [0, 1], "initial": 0}
    others = {"alphabet": Alphabet("01"), "transitions": [[1, 1], [1, 0]], "labels": [1, 0], "initial": 1}
    machines = [DFA(**parts), *(DFA(**parts | {part: other}) for part, other in others.items())]
    assert len({regex_within(dfa, LINE_CHARACTERS) for dfa in machines}) > 3
    for dfa in machines * 2:
        assert regex_in_a_line(dfa) == regex_within(dfa, LINE_CHARACTERS)


def test_the_same_seed_gives_the_same_expression(rng):
    dfa = random_dfa(rng, 7, 2)
    assert nerode.to_regex(dfa, seed=3) == nerode.to_regex(dfa, seed=3)


# terms


def test_identities():
    for term, text in {
        sequence([repeat(A, 0, None), A]): "a+",
        sequence([A, repeat(sequence([B, A]), 0, None), B]): "(ab)+",
        sequence([repeat(A, 0, 1), repeat(A, 0, 1)]): "a?a?",
        sequence([repeat(sequence([repeat(A, 0, None), B]), 0, None), repeat(A, 0, None)]): "[ab]*",
        sequence([repeat(A, 0, None), repeat(sequence([B, repeat(A, 0, None)]), 0, None)]): "[ab]*",
        sequence([repeat(A, 1, None), repeat(BOTH, 0, None), repeat(B, 0, 1)]): "a[ab]*",
        choice([sequence([A, B]), sequence([A, A])]): "a[ab]",
        choice([sequence([A, A, B]), B]): "(aa)?b",
        choice([sequence([choice([sequence([A, B]), B]), A]), sequence([A, B]), B]): "a?ba?",
        choice([sequence([choice([sequence([A, B]), sequence([B, A])]), A]), sequence([A, B]), sequence([B, A])]): "(ab|ba)a?",
        choice([sequence([repeat(sequence([A, B]), 0, 1), B]), sequence([A, B]), sequence([])]): "(ab)?b?",
        choice([repeat(A, 1, None), sequence([])]): "a*",
        choice([repeat(BOTH, 0, None), sequence([A, B])]): "[ab]*",
        repeat(choice([repeat(A, 0, None), sequence([B, A])]), 0, None): "(b?a)*",
        repeat(sequence([repeat(A, 0, 1), repeat(B, 0, None)]), 0, None): "[ab]*",
        repeat(repeat(A, 2, 3), 0, 1): "(aaa?)?",
        repeat(repeat(A, 0, 2), 0, 3): "a{0,6}",
        sequence([A, A, A, A, B, A, B, A]): "a{4}baba",
    }.items():
        assert written(term, AB) == text


@pytest.mark.parametrize("seed", range(150))
@pytest.mark.sampled(50)
def test_simplified_terms_have_the_same_language(seed):
    """Choices and concatenations in brackets are what they are; the simplified term may be shorter."""

    def both(rng, depth):
        kind = rng.integers(5) if depth else 0
        if kind == 0:
            place = rng.integers(4)
            return (A, B, BOTH, sequence([]))[place], ("a", "b", "[ab]", "()")[place]
        terms, texts = zip(*[both(rng, depth - 1) for _ in range(rng.integers(1, 4))], strict=True)
        if kind == 1:
            return choice(terms), f"({'|'.join(texts)})"
        if kind == 2:
            return sequence(terms), "".join(texts)
        least, most = [(0, 1), (0, None), (1, None), (0, 2), (1, 2), (2, 2), (2, 3), (2, None)][rng.integers(8)]
        return repeat(terms[0], least, most), f"({texts[0]}){{{least},{'' if most is None else most}}}"

    term, text = both(np.random.default_rng(seed), 4)
    assert equivalent(nerode.from_regex(written(term, AB), AB), nerode.from_regex(text, AB))


def test_every_order_of_elimination_gives_the_language(rng):
    for _ in range(8):
        dfa = random_dfa(rng, int(rng.integers(2, 8)), 2)
        found = expressions(dfa, rng)
        assert found
        assert [term.size for term in found] == sorted(term.size for term in found)
        for term in found:
            assert agrees(term, dfa, [0, 1])
            assert equivalent(nerode.from_regex(written(term, dfa.alphabet), dfa.alphabet), dfa)


def test_changes_are_kept_only_where_the_language_stays(rng):
    judged = 0
    for _ in range(6):
        dfa = random_dfa(rng, 4, 2)
        term = expressions(dfa, rng)[0]
        for changed in list(changes(term, frozenset([0, 1])))[:40]:
            same = equivalent(nerode.from_regex(written(changed, dfa.alphabet), dfa.alphabet), dfa)
            assert agrees(changed, dfa, [0, 1]) == same
            judged += not same
        assert shortened(term, dfa).size <= term.size
    assert judged > 50


def test_terms_are_compared_by_their_parts():
    assert choice([sequence([A, A]), B]) == choice([B, sequence([A, A])])
    assert sequence([A, B]) != sequence([B, A])
    assert isinstance(choice([sequence([A, A]), B]), Choice)
    assert isinstance(repeat(A, 0, None), Repeat)
    assert A != "a"
