"""Constraints compared with the automaton itself: all texts up to a length, and all ways to write each with tokens."""

from itertools import product

import numpy as np
import pytest

import nerode
from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa
from nerode.errors import InputError
from nerode.guidance import constraint as products
from nerode.guidance import spelling
from nerode.words import Alphabet

END = 0


def random_language(rng, letters, states=4):
    """A DFA that accepts words and refuses words."""
    while True:
        drawn = random_dfa(rng, states, len(letters))
        if len(set(drawn.labels.tolist())) == 2:
            return DFA(Alphabet(tuple(letters)), drawn.transitions, drawn.labels)


def random_tokens(rng, letters, count, longest):
    """The end of texts, one token that is no text, every letter, and random texts."""
    texts = dict.fromkeys(letters)
    while len(texts) < count - 2:
        texts["".join(rng.choice(list(letters), rng.integers(1, longest + 1)))] = None
    return ["<end>", None, *texts]


def writings(text, tokens, known=None):
    """All ways to write a text with tokens; those of the ends of texts are noted, where they are asked for again."""
    if not text:
        return [()]
    known = {} if known is None else known
    if text not in known:
        known[text] = [
            (which, *rest)
            for which, token in enumerate(tokens)
            if which != END and token and text.startswith(token)
            for rest in writings(text[len(token) :], tokens, known)
        ]
    return known[text]


def texts_of(letters, longest):
    return ["".join(text) for length in range(longest + 1) for text in product(letters, repeat=length)]


def followed(constraint, way):
    """The state after tokens; None as soon as one is not allowed."""
    state = constraint.initial
    for token in way:
        if token not in constraint.allowed(state):
            return None
        state = constraint.after(state, token)
    return state


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.sampled(4)
def test_allowed_are_the_tokens_after_which_an_accepted_text_can_be_completed(seed):
    rng = np.random.default_rng(seed)
    letters = "abc"[: 2 + seed % 2]
    dfa, tokens = random_language(rng, letters), random_tokens(rng, letters, 9, 3)
    constraint = nerode.constrain(dfa, tokens, END)
    every = texts_of(letters, 3 + 3 + 3)  # a text, one more token, and as many letters as lead to any state
    accepted = {text for text, (score,) in zip(every, dfa.scores(map(list, every)), strict=True) if score > 0}
    beginnings = {text[:k] for text in accepted for k in range(len(text) + 1)}
    for text in texts_of(letters, 3):
        for way in writings(text, tokens):
            state = followed(constraint, way)
            assert (state is not None) == (text in beginnings)
            assert constraint.accepts(way) == (text in accepted)
            if state is not None:
                possible = {which for which, token in enumerate(tokens) if which != END and token and text + token in beginnings}
                assert set(constraint.allowed(state).tolist()) == possible | ({END} if text in accepted else set())


def test_a_thousand_tokens_draw_accepted_texts_only_and_can_write_all_of_them():
    rng = np.random.default_rng(1)
    dfa = random_language(rng, "abcd", 12)
    tokens = random_tokens(rng, "abcd", 1000, 6)
    constraint = nerode.constrain(dfa, tokens, END)
    drawn = []
    for _ in range(300):
        state, text = constraint.initial, []
        while (token := rng.choice(constraint.allowed(state))) != END:
            text.append(tokens[token])
            state = constraint.after(state, token)
            if constraint.accepting[state] and len(text) > rng.integers(5):
                break
        drawn.append("".join(text))
    assert (dfa.predict(map(list, drawn)) == 1).all()
    every, known = texts_of("abcd", 5), {}
    for text, label in zip(every, dfa.predict(map(list, every)), strict=True):
        ways = writings(text, tokens, known)
        assert ways
        assert {constraint.accepts(way) for way in ways} == {bool(label)}


def test_no_token_leads_where_the_tokens_do_not_suffice():
    """ab is accepted and ac too, but there is no token for c."""
    constraint = nerode.constrain(nerode.from_regex("ab|dc", Alphabet(tuple("abcd"))), ["<end>", "a", "b", "d"], END)
    assert constraint.allowed(constraint.initial).tolist() == [1]
    assert constraint.accepts([1, 2])


def test_symbols_may_begin_with_others_and_have_texts_of_their_own():
    dfa = DFA(Alphabet(("a", "ab", "␣")), [[1, 3, 3], [3, 2, 3], [3, 3, 0], [3, 3, 3]], [1, 0, 1, 0])
    tokens = ["<end>", "aab ", "a", "b", " ", "ab"]
    constraint = nerode.constrain(dfa, tokens, END, {"␣": " "})
    accepted = {"aab ": True, "aab": True, "aab aab ": True, "": True, "aa": False, "ab": False, "aab  ": False, "a ab": False}
    for text, right in accepted.items():
        assert {constraint.accepts(way) for way in writings(text, tokens)} == {right}


def test_tokens_may_be_parts_of_characters():
    dfa = DFA(Alphabet(("é", "è")), [[1, 2], [2, 2], [2, 2]], [0, 1, 0])  # é alone; both begin with the same byte
    constraint = nerode.constrain(dfa, ["<end>", b"\xc3", b"\xa9", b"\xa8", "é"], END)
    assert constraint.allowed(constraint.initial).tolist() == [1, 4]
    assert constraint.allowed(constraint.after(constraint.initial, 1)).tolist() == [2]
    assert constraint.accepts([1, 2])
    assert constraint.accepts([4])


def test_what_is_impossible_in_a_pdfa_is_forbidden():
    pdfa = PDFA(Alphabet(("a", "b")), [[0, 1], [0, 1]], [[0.5, 0.5, 0], [0, 0.25, 0.75]])
    constraint = nerode.constrain(pdfa, ["a", "b", "<end>", "ba"], 2)
    assert constraint.allowed(constraint.initial).tolist() == [0, 1]
    assert constraint.allowed(constraint.after(constraint.initial, 1)).tolist() == [1, 2]


def test_what_a_function_says_to_be_impossible_is_forbidden():
    def following(word):
        return [0.5, 0.3, 0.2, 0] if len(word) % 2 else [0, 0.6, 0, 0.4]

    pdfa = nerode.extract(following, "pdfa", alphabet="abc", seconds=None).automaton
    constraint = nerode.constrain(pdfa, ["a", "b", "c", "<end>"], 3)
    assert constraint.allowed(constraint.initial).tolist() == [1, 3]
    assert constraint.allowed(constraint.after(constraint.initial, 1)).tolist() == [0, 1, 2]


def test_masks_are_those_of_llguidance():
    llguidance = pytest.importorskip("llguidance")
    rng = np.random.default_rng(3)
    tokens = random_tokens(rng, "01", 400, 8)

    written = [(token or "no text").encode() for token in tokens]

    class Tokenizer:  # as the library wants it
        eos_token_id, bos_token_id, special_token_ids, tokens = END, None, [END], written

        def __call__(self, text):
            return [written.index(character.encode()) for character in text]

    library = llguidance.LLTokenizer(llguidance.TokenizerWrapper(Tokenizer()))
    compared = 0
    for number in range(1, 8):
        constraint = nerode.constrain(tomita(number), tokens, END)
        grammar = llguidance.LLMatcher.grammar_from_regex(nerode.to_regex(tomita(number)))
        for _ in range(5):
            matcher, state = llguidance.LLMatcher(library, grammar), constraint.initial
            for _ in range(15):
                mask = np.frombuffer(matcher.compute_bitmask(), np.uint8)
                allowed = np.flatnonzero(np.unpackbits(mask, bitorder="little")[: len(tokens)])
                assert constraint.allowed(state).tolist() == allowed.tolist()
                compared += 1
                token = rng.choice(allowed)
                if token == END:
                    break
                assert matcher.consume_token(int(token))
                state = constraint.after(state, token)
    assert compared > 100


@pytest.mark.parametrize(
    ("automaton", "tokens", "end", "texts", "message"),
    [
        (tomita(1), ["<end>", "0"], 5, {}, "is given by its number, 0 to 1, and not 5"),
        (tomita(1), ["<end>", 0], 0, {}, "a token is text, bytes or None, not 0"),
        (tomita(1), ["<end>", "0"], None, {}, "does not say which token ends a text"),
        (tomita(1), ["<end>", "0"], "0", {}, "is given by its number, 0 to 1, and not '0'"),
        (tomita(1), ["<end>", "0"], True, {}, "is given by its number, 0 to 1, and not True"),
        (tomita(1), ["<end>", "\ud800"], 0, {}, r"the token '\\ud800' has a character that no text can have"),
        (tomita(1), ["<end>"], 0, {"0": "\ud800"}, r"the text '\\ud800' of a symbol has a character that no text can have"),
        (DFA(Alphabet(("\ud800",)), [[0]], [1]), ["<end>"], 0, {}, r"the text '\\ud800' of a symbol has a character"),
        (tomita(1), 7, 0, {}, "int is no vocabulary"),
        (tomita(1), {"0": 0, "<end>": 1}, 0, {}, "a dict is no vocabulary; give the text of each token in a list"),
        (tomita(1), "01", 0, {}, "str is no vocabulary"),
        (tomita(1), ["<end>"], 0, {"2": "x"}, "which is no symbol of the automaton"),
        (tomita(1), ["<end>"], 0, {"0": ""}, "the text of the symbol '0' is empty"),
        (tomita(1), ["<end>"], 0, {"0": "1"}, "two symbols have the same text"),
        (DFA(Alphabet(("a",)), [[0]], [0]), ["<end>", "a"], 0, {}, "no accepted text can be written with these tokens"),
        (DFA(Alphabet(("a",)), [[0]], [0], classes=3), ["<end>", "a"], 0, {}, "take a DFA of two classes, a PDFA, a grammar"),
    ],
)
def test_what_cannot_be_constrained_is_said(automaton, tokens, end, texts, message):
    with pytest.raises(InputError, match=message):
        nerode.constrain(automaton, tokens, end, texts)


def test_a_token_that_is_not_allowed_is_refused():
    constraint = nerode.constrain(tomita(1), ["<end>", "0", "1"], END)
    with pytest.raises(InputError, match="the token 1 is not allowed here"):
        constraint.after(constraint.initial, 1)
    assert not constraint.accepts([1])
    assert repr(constraint) == "<TokenConstraint: 1 states, 1 transitions, 3 tokens>"


@pytest.mark.parametrize("state", [-1, 1, 10**9])
def test_a_state_that_is_not_there_is_refused(state):
    constraint = nerode.constrain(tomita(1), ["<end>", "0", "1"], END)
    for ask in (constraint.allowed, constraint.mask, lambda state: constraint.after(state, 2)):
        with pytest.raises(InputError, match=f"the constraint has no state {state}; it has the states 0 to 0"):
            ask(state)


def test_a_product_that_is_too_large_is_refused_before_it_is_made(monkeypatch):
    """Each token leads each of 40 states to another; they are read one by one here."""
    read = []
    once = products.read
    monkeypatch.setattr(products, "AT_ONCE", 1)
    monkeypatch.setattr(products, "ENTRIES", 200)
    monkeypatch.setattr(products, "read", lambda *given: read.append(1) or once(*given))
    letters = Alphabet.of_size(10)
    dfa = DFA(letters, np.random.default_rng(0).integers(40, size=(40, 10)), np.ones(40, np.int64))
    with pytest.raises(InputError, match="more than 200 transitions"):
        nerode.constrain(dfa, ["<end>", *letters, *("01", "12", "23", "34", "45", "56", "67", "78", "89", "90")], END)
    assert len(read) == 11  # of 20 transitions each


@pytest.mark.parametrize("limit", ["MOST_STATES", "MOST_PAIRS"])
def test_texts_that_begin_with_each_other_in_many_ways_are_refused(monkeypatch, limit):
    monkeypatch.setattr(spelling, limit, 300)
    letters = Alphabet(("a", "aa", "b", "ab", "ba", "bb"))
    dfa = DFA(letters, np.random.default_rng(0).integers(20, size=(20, 6)), np.arange(20) % 2)
    with pytest.raises(InputError, match="take a smaller automaton, or symbols none of which begins with another"):
        nerode.constrain(dfa, ["<end>", "a", "b"], END)
