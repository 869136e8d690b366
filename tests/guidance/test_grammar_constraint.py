"""Constraints of grammars compared with the grammars themselves: all texts up to a length, and all ways to write each."""

import gc
import re

import numpy as np
import pytest
from test_constraint import END, followed, random_tokens, texts_of, writings

import nerode
from nerode.automata.cfg import CFG
from nerode.errors import InputError
from nerode.guidance import grammar as at_each_step
from nerode.words import Alphabet

KNOWN = {
    "brackets": ("()", [(0, (0, -1, 1, -1)), (0, ())]),
    "as many": ("ab", [(0, (0, -1, 1)), (0, (0, 1))]),
    "palindromes": ("ab", [(0, (0, -1, 0)), (0, (1, -1, 1)), (0, (0,)), (0, ())]),
    "ambiguous": ("ab", [(0, (-1, -1)), (0, (0,)), (0, (1, 1)), (0, ())]),
    "left recursion": ("ab", [(0, (-1, 0, -2)), (0, ()), (1, (1,)), (1, ())]),
    "circles": ("ab", [(0, (-2,)), (1, (-1,)), (1, (0, -2, 1)), (1, (-3, -3)), (2, ()), (2, (1, 0))]),
    "only the empty word": ("a", [(0, (-2, -2)), (1, ())]),
    "useless rules": ("ab", [(0, (0, -1)), (0, (0,)), (0, (1, -2)), (1, (1, -2)), (2, (0,))]),
}


def grammar(letters, rules):
    count = 1 + max(max([left, *(-1 - symbol for symbol in right if symbol < 0)]) for left, right in rules)
    return CFG(Alphabet(tuple(letters)), tuple(f"N{i}" for i in range(count)), tuple(rules))


def random_grammar(rng, letters):
    """Three nonterminals with two to three rules each, the first of which is of letters alone."""
    rules = []
    for left in range(3):
        rules.append((left, tuple(rng.integers(0, len(letters), rng.integers(0, 3)).tolist())))
        rules += [(left, tuple(rng.integers(-3, len(letters), rng.integers(1, 4)).tolist())) for _ in range(rng.integers(1, 3))]
    return grammar(letters, rules)


def of_beginnings(made):
    """The grammar of all beginnings of texts: N + n derives those of what N derives."""
    n, derives = len(made.nonterminals), set()
    while more := {left for left, right in made.rules if all(s >= 0 or -1 - s in derives for s in right)} - derives:
        derives |= more
    rules = [rule for rule in made.rules if all(s >= 0 or -1 - s in derives for s in rule[1])]
    longer = [(n + left, (*right[:k], *([s] if s >= 0 else [s - n]))) for left, right in rules for k, s in enumerate(right)]
    empty = [(n + left, ()) for left in derives]
    names = tuple(f"N{i}" for i in range(2 * n))
    return CFG(made.alphabet, names, (*rules, *longer, *empty), n + made.initial)


def texts_in(made, texts):
    return {text for text, label in zip(texts, made.predict(map(list, texts)), strict=True) if label}


def check(made, letters, tokens):
    """Compare with grammars of the texts and of their beginnings, parsed in another way: texts to 3 letters, and a token."""
    constraint = nerode.constrain(made, tokens, END)
    every = texts_of(letters, 6)
    accepted, beginnings = texts_in(made, every), texts_in(of_beginnings(made), every)
    for text in texts_of(letters, 3):
        for way in writings(text, tokens):
            state = followed(constraint, way)
            assert (state is not None) == (text in beginnings), text
            assert constraint.accepts(way) == (text in accepted), text
            if state is not None:
                possible = {which for which, token in enumerate(tokens) if which != END and token and text + token in beginnings}
                assert set(constraint.allowed(state).tolist()) == possible | ({END} if text in accepted else set()), text


@pytest.mark.parametrize("name", KNOWN)
def test_allowed_are_the_tokens_after_which_a_text_of_the_grammar_can_be_completed(name):
    letters, rules = KNOWN[name]
    check(
        grammar(letters, rules),
        letters,
        random_tokens(np.random.default_rng(0), letters, 2 + 3 * len(letters), 2 + (len(letters) == 1)),
    )


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.sampled(6)
def test_so_it_is_of_random_grammars(seed):
    rng = np.random.default_rng(seed)
    check(random_grammar(rng, "ab"), "ab", random_tokens(rng, "ab", 7, 2))


@pytest.mark.parametrize("name", ["brackets", "ambiguous"])
def test_what_was_forgotten_is_found_again(name, monkeypatch):
    monkeypatch.setattr(at_each_step, "MOST_KEPT", 0)
    monkeypatch.setattr(at_each_step, "MASK_BYTES", 1)
    test_allowed_are_the_tokens_after_which_a_text_of_the_grammar_can_be_completed(name)


def test_a_stack_automaton_is_its_grammar():
    letters = "([)]x"
    vpa = nerode.extract(nerode.teacher(balanced, letters), "vpa", effort=1).automaton
    tokens = random_tokens(np.random.default_rng(1), letters, 40, 4)
    constraint, beside = nerode.constrain(vpa, tokens, END), nerode.constrain(pairs(), tokens, END)
    for text in texts_of(letters, 3):
        for way in writings(text, tokens):
            state, other = followed(constraint, way), followed(beside, way)
            assert (state is None) == (other is None)
            assert state is None or (constraint.mask(state) == beside.mask(other)).all()


def balanced(word):
    text = "".join(word).replace("x", "")
    for _ in word:
        text = text.replace("()", "").replace("[]", "")
    return text == ""


def pairs():
    """Brackets of two kinds, with x among them."""
    return grammar("([)]x", [(0, (0, -1, 2, -1)), (0, (1, -1, 3, -1)), (0, (4, -1)), (0, ())])


def test_thousands_of_tokens_draw_texts_of_the_grammar_alone():
    rng = np.random.default_rng(2)
    made, tokens = pairs(), random_tokens(rng, "([)]x", 3000, 6)
    constraint = nerode.constrain(made, tokens, END)
    drawn = []
    for _ in range(30):
        state, text = constraint.initial, ""
        for _ in range(12):
            if (token := rng.choice(constraint.allowed(state))) == END:
                break
            text, state = text + tokens[token], constraint.after(state, token)
        opened = text
        for _ in text:
            opened = opened.replace("x", "").replace("()", "").replace("[]", "")
        text += opened[::-1].translate(str.maketrans("([", ")]"))
        drawn.append(text)
    assert (made.predict(map(list, drawn)) == 1).all()


def test_symbols_may_begin_with_others_and_have_texts_of_their_own():
    """Words aⁿ (␣ ab)ⁿ, of which aa could be read in two ways."""
    made = CFG(Alphabet(("a", "ab", "␣")), ("S",), ((0, (0, -1, 2, 1)), (0, ())))
    tokens = ["<end>", "aa", "a", "b", " ", " a", "b a"]
    constraint = nerode.constrain(made, tokens, END, {"␣": " "})
    for text, right in {"": 1, "a ab": 1, "aa ab ab": 1, "a": 0, "aa ab": 0, "ab": 0, "a ab ab": 0}.items():
        ways = writings(text, tokens)
        assert ways
        assert {constraint.accepts(way) for way in ways} == {bool(right)}


def test_no_token_leads_where_the_tokens_do_not_suffice():
    """There is no token for c, nor for the rest of xyz after xy."""
    made = CFG(Alphabet(("a", "b", "c", "xyz")), ("S",), ((0, (0, -1, 1)), (0, (2,)), (0, (3,)), (0, (0,))))
    constraint = nerode.constrain(made, ["<end>", "a", "b", "xy", "xyz", "x", "yz"], END)
    assert constraint.allowed(constraint.initial).tolist() == [1, 4, 5]
    assert constraint.accepts([1, 5, 6, 2])
    assert not constraint.accepts([1, 5, 6])


@pytest.mark.parametrize(
    ("rules", "tokens", "texts", "message"),
    [
        ([(0, (0, -1))], ["<end>", "a"], {}, "no accepted text"),
        ([(0, (0,))], ["<end>", "b"], {}, "no accepted text"),
        ([(0, (0,))], ["<end>", "a"], {"z": "a"}, "no symbol of the automaton"),
        ([(0, (0, 0))], ["<end>", "aa"], {}, "a token or tokens of its own for each symbol, and 'a' has none"),
        ([(0, (0,))], ["<end>", "x"], {"a": "xy"}, "no accepted text"),
    ],
)
def test_what_cannot_be_constrained_is_said(rules, tokens, texts, message):
    with pytest.raises(InputError, match=message):
        nerode.constrain(grammar("a", rules), tokens, END, texts)


def test_states_and_tokens_that_are_none_are_said():
    constraint = nerode.constrain(pairs(), ["<end>", None, *"([)]x"], END)
    with pytest.raises(InputError, match="is no state of the constraint"):
        constraint.mask(0)
    with pytest.raises(InputError, match="is no state of the constraint"):
        constraint.mask(nerode.constrain(pairs(), ["<end>", None, *"([)]x"], END).initial)
    for token in (0, 1, 4, 99, -1, 2.0, None, "("):
        with pytest.raises(InputError, match=re.escape(f"the token {token!r} is not allowed here")):
            constraint.after(constraint.initial, token)
    assert repr(constraint) == "<GrammarConstraint: 4 rules, 7 tokens>"


def test_a_token_may_end_inside_a_character():
    made = CFG(Alphabet(("é", "ß")), ("S",), ((0, (0, -1, 1)), (0, ())))  # éⁿßⁿ; both begin with the same byte
    tokens = ["<end>", b"\xc3", b"\xa9", b"\x9f", "éß", b"\x9f\xc3", b"\xa9\xc3"]
    constraint = nerode.constrain(made, tokens, END)
    assert constraint.allowed(constraint.initial).tolist() == [0, 1, 4]
    inside = constraint.after(constraint.initial, 1)
    assert constraint.allowed(inside).tolist() == [2, 6]
    assert constraint.accepts([1, 6, 3])
    assert constraint.accepts([1, 2, 1, 6, 5, 3])
    assert not constraint.accepts([1, 6, 2])


def test_what_only_leads_to_nothing_leaves_nothing_open():
    """S → a S E, where E derives ε alone: there are no more states than without E."""
    constraint = nerode.constrain(grammar("ab", [(0, (0, -1, -2)), (0, (1,)), (1, ())]), ["<end>", "a", "b"], END)
    state = constraint.initial
    for _ in range(50):
        state = constraint.after(state, 1)
    assert state is constraint.after(constraint.initial, 1)
    assert len(constraint._open) == 0


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(at_each_step, "MOST_KEPT", 200)
    constraint = nerode.constrain(pairs(), ["<end>", *"([)]x"], END)
    state = constraint.initial
    for _ in range(1000):
        state = constraint.after(state, 1)
    gc.collect()
    assert len(constraint._states) < 200
    assert constraint.accepts([1] * 300 + [3] * 300)


def test_long_texts_are_followed():
    constraint = nerode.constrain(pairs(), ["<end>", *"([)]x"], END)
    assert constraint.accepts([1] * 300 + [3] * 300)
    assert constraint.accepts([5] * 600)
    assert constraint.accepts([5] * 300 + [1] * 300 + [3] * 300 + [5] * 300)
    assert not constraint.accepts([1] * 300 + [3] * 299)
