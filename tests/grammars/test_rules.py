"""Context-free grammars and regular expressions in GBNF and EBNF, against brute force and against the programs that read them."""

import re

import numpy as np
import pytest

import nerode
from nerode.automata.cfg import CFG
from nerode.automata.derivations import Derivations
from nerode.errors import InputError
from nerode.grammars.notations import EBNF, GBNF
from nerode.grammars.rules_read import _Reader, from_rules
from nerode.grammars.rules_written import rules_of
from nerode.words import Alphabet, all_words

NOTATIONS = pytest.mark.parametrize("notation", [GBNF, EBNF], ids=["gbnf", "ebnf"])
ODD = Alphabet(tuple("\"'\\]^-[#ab/*é"))


def nested(alphabet):
    """a ⁿ b ⁿ among single letters, over any alphabet of three letters or more."""
    rest = tuple((1, (letter,)) for letter in range(2, len(alphabet)))
    return CFG(alphabet, ("S", "Root"), ((0, ()), (0, (0, 0, 0, -1, 1)), (0, (-2,)), *rest))


@NOTATIONS
@pytest.mark.parametrize(
    "alphabet",
    [Alphabet(tuple("abc")), ODD, Alphabet(("ab", "c", "a", "if", '"x')), Alphabet(("#x41", "\\x41", "A"))],
    ids=["plain", "odd", "long", "codes"],
)
def test_a_grammar_is_read_as_it_was_written(alphabet, notation):
    grammar = nested(alphabet)
    again = from_rules(rules_of(grammar, notation), notation)
    assert again.alphabet == alphabet
    words = list(all_words(len(alphabet), 4 if len(alphabet) > 6 else 6))
    expected = grammar.predict(words)
    assert 0 < expected.sum() < len(words)
    np.testing.assert_array_equal(again.predict(words), expected)


@NOTATIONS
@pytest.mark.parametrize("name", ["tomita-1", "tomita-4", "tomita-7", "dyck-1-depth-2", "counting-3", "random-dfa-4-letters-3"])
@pytest.mark.sampled(4)
def test_the_rules_of_a_dfa_derive_its_words(name, notation, rng):
    dfa = nerode.language(name, rng)
    grammar = from_rules(rules_of(dfa, notation), notation)
    words = list(all_words(len(dfa.alphabet), 6))
    assert 0 < dfa.predict(words).sum() < len(words)
    np.testing.assert_array_equal(grammar.predict(words), dfa.predict(words))


@NOTATIONS
def test_odd_letters_of_a_dfa_are_quoted(notation):
    for expression in ("[\"'\\\\\\]\\^\\-\\[#]*", "(a|\"'\\\\)+\\[", "[^ab]a?\\-{2,3}", "\"{2,4}'*"):
        dfa = nerode.from_regex(expression, ODD)
        grammar = from_rules(rules_of(dfa, notation), notation)
        words = list(all_words(len(ODD), 4))
        np.testing.assert_array_equal(grammar.predict(words), dfa.predict(words))


@NOTATIONS
def test_no_word_repeats_a_letter_more_often_than_it_may(notation):
    for expression in ("a{2,4}b", "(ab){1,3}", "a{3}b*", "a{2,}"):
        dfa = nerode.from_regex(expression, "ab")
        words = list(all_words(2, 9))
        np.testing.assert_array_equal(
            from_rules(rules_of(dfa, notation), notation, dfa.alphabet).predict(words), dfa.predict(words)
        )


def test_what_is_written_can_be_read_by_people():
    grammar = CFG(Alphabet(tuple("ab[]")), ("S", "A"), ((0, (0, -1, 1)), (0, (-2, -2)), (1, ()), (1, (2, -2, 3))))
    assert rules_of(grammar, GBNF) == '# alphabet: a b [ ]\nroot ::= "a" root "b" | a a\na ::= "" | "[" a "]"\n'
    assert rules_of(grammar, EBNF) == '/* alphabet: a b [ ] */\nS ::= "a" S "b" | A A\nA ::= "" | "[" A "]"\n'
    assert rules_of(nerode.from_regex("a[ab]*", "ab"), GBNF) == '# alphabet: a b\nroot ::= "a" [ab]*\n'


def test_operators_are_read():
    text = '# words\nroot ::= ("a" | b)* c{1,2} [x-z]? # end\n  d+\nb ::= "b" "b"\nc ::= "c"{2}\nd ::= "d" |\n  "\\x65"\n'
    grammar = from_rules(text, GBNF)
    expected = nerode.from_regex("(a|bb)*(cc){1,2}[xyz]?[de]+", "abcdexyz")
    words = list(all_words(8, 5))
    assert set(grammar.alphabet) == set("abcdexyz")
    texts = ["".join(expected.alphabet.symbols[i] for i in word) for word in words]
    np.testing.assert_array_equal(grammar.predict([" ".join(text) for text in texts]), expected.predict(words))
    quoted = from_rules("root ::= '#x41' #x41", EBNF)
    assert quoted.alphabet.symbols == tuple("#x41A")
    assert quoted.predict(["# x 4 1 A", "A A"]).tolist() == [1, 0]
    same = from_rules("root ::= ('a' | #x62)+ [^a] /* all but a */", EBNF, Alphabet(("a", "b")))
    assert same.predict(["ab", "b", "aa", "bb"]).tolist() == [1, 0, 0, 1]


def some_expression(rng, depth):
    """An expression over a and b in the syntax of both GBNF, between spaces, and Python."""
    kind = rng.integers(4) if depth else 0
    if kind == 0:
        return ("a", "b")[rng.integers(2)]
    if kind == 1:
        return f"({some_expression(rng, depth - 1)}|{some_expression(rng, depth - 1)})"
    if kind == 2:
        return some_expression(rng, depth - 1) + some_expression(rng, depth - 1)
    return f"({some_expression(rng, depth - 1)}){rng.choice(['*', '+', '?'])}"


def test_repetitions_of_what_may_be_empty_are_written_again(rng):
    """A rule that began with itself would be refused."""
    words = list(all_words(2, 7))
    some = [some_expression(rng, 5) for _ in range(150)]
    for expression in ["(a?)*b", "(a*)+b", "((a?b?)*a?)+", "((a*)*)*", "(a{0,2}){2,}b", *some]:
        text = re.sub("[ab]", r' "\g<0>" ', expression)
        grammar = from_rules(f"# alphabet: a b\nroot ::= {text}", GBNF)
        expected = nerode.from_regex(expression, "ab").predict(words)
        np.testing.assert_array_equal(grammar.predict(words), expected, expression)
        for notation in (GBNF, EBNF):
            np.testing.assert_array_equal(from_rules(rules_of(grammar, notation), notation).predict(words), expected, expression)
    named = from_rules('root ::= (x y)* "b"\nx ::= "a" | y\ny ::= "c"? | x0\nx0 ::= "d" root?', GBNF)
    assert "root" in rules_of(named, GBNF)
    assert named.predict(["b", "acb", "ccab", "adbb", "a"]).tolist() == [1, 1, 1, 1, 0]


def test_a_grammar_without_words_is_told():
    grammar = from_rules('root ::= "a" x\nx ::= "c" x', GBNF)
    assert (len(grammar.rules), grammar.told) == (0, "no word is derived from root: its rules never come to an end")
    assert from_rules('root ::= "a" x | "b"\nx ::= "c" x', GBNF).told == ""


def test_the_alphabet_may_stand_below_comments():
    for text, notation in (('# one\n\n# alphabet: b a\nroot ::= "a"', GBNF), ("/* one */\n/* alphabet: b a */\nx ::= 'a'", EBNF)):
        assert from_rules(text, notation).alphabet.symbols == ("b", "a")


@pytest.mark.parametrize(
    ("text", "notation", "said"),
    [
        ("", GBNF, "there is no rule"),
        ("root ::= root", GBNF, "there are no letters"),
        ("a ::= 'b'", GBNF, "line 1 cannot be read"),
        ('a ::= "b"', GBNF, "no rule for root"),
        ('root ::= a\na ::= "b', GBNF, "line 2 cannot be read"),
        ('root ::= "a" b', GBNF, "line 1 uses b"),
        ('root ::= "a"\nroot ::= "b"', GBNF, "two rules for root"),
        ('root ::= ("a"', GBNF, "a bracket is not closed"),
        ('root ::= "a")', GBNF, "is expected"),
        ('root ::= * "a"', GBNF, "is not expected here"),
        ('root ::= "a"{3,2}', GBNF, "no repetition"),
        ('root ::= "a"{99999999999}', GBNF, "no repetition"),
        ('root ::= ("a"{1000}){1000}', GBNF, "too large"),
        ('root ::= (("a"{0,900}){0,900}){0,900}', GBNF, "too large"),
        ('root ::= "\\q"', GBNF, "no escape"),
        ('root ::= "\\UFFFFFFFF"', GBNF, "no character"),
        ("root ::= [z-a]", GBNF, "range"),
        ("root ::= [\\u0000-\\uFFFF]", GBNF, "range"),
        ('root ::= . "a"', GBNF, "does not name"),
        ("root ::= [^a]", EBNF, "does not name"),
        ('root ::= "a" "b c"', GBNF, "no white space; write another character for it, such as ␣"),
        ('# alphabet: a b\nroot ::= "c"', GBNF, "no symbol of the alphabet"),
        ("a ::= 'b' - 'c'", EBNF, "cannot be read"),
        ("a = 'b', 'c';", EBNF, "cannot be read"),
        ('root ::= "a" ' + "(" * 100_000, GBNF, "nested"),
        ("root ::= " + '"a" | ' * 30_000 + '"a"', GBNF, "too large"),
        ('root ::= "a" ' + " ".join(f"n{i}" for i in range(5000)), GBNF, "too large"),
    ],
)
@pytest.mark.sampled(9)
def test_bad_files_are_refused(text, notation, said):
    with pytest.raises(InputError, match=said):
        from_rules(text, notation)


def test_a_sequence_is_refused_before_it_fills_the_memory(monkeypatch):
    longest = []
    repeated = _Reader._repeated

    def watched(reader, item):
        longest.append(len(item))
        return repeated(reader, item)

    monkeypatch.setattr(_Reader, "_repeated", watched)
    with pytest.raises(InputError, match="too large"):
        from_rules("root ::= " + '"a"{1000} ' * 3000, GBNF)
    assert 10 < len(longest) < 30  # of 3,000 items of a thousand symbols


@NOTATIONS
def test_what_cannot_be_written_is_refused(notation, rng):
    letters = Alphabet(("a", "b"))
    with pytest.raises(InputError, match="derives no word"):
        rules_of(CFG(letters, ("S",), ((0, (-1,)),)), notation)
    with pytest.raises(InputError, match="no word is accepted"):
        rules_of(nerode.from_regex("(?!)", "ab"), notation)
    with pytest.raises(InputError, match="have one"):
        rules_of(nerode.language("random-wfa-3-letters-2", rng), notation)
    with pytest.raises(InputError, match="have one"):
        rules_of(nerode.language("random-dfa-3-letters-2-classes-3", rng), notation)


def test_rules_that_begin_with_themselves():
    grammar = CFG(Alphabet(("a",)), ("S", "A"), ((0, (-2, -1, 0)), (0, (0,)), (1, ())))
    with pytest.raises(InputError, match="begin with themselves, as that of S"):
        rules_of(grammar, GBNF)
    assert from_rules(rules_of(grammar, EBNF), EBNF).predict(["", "a", "aa"]).tolist() == [0, 1, 1]
    with pytest.raises(InputError, match="ends a comment"):
        rules_of(CFG(Alphabet(("*/",)), ("S",), ((0, (0,)),)), EBNF)
    with pytest.raises(InputError, match="both kinds of quotation marks"):
        rules_of(CFG(Alphabet(("\"'",)), ("S",), ((0, (0,)),)), EBNF)


def guides():
    """Grammars to try, with the words that they derive."""
    yield nested(Alphabet(tuple("abc")))
    yield nested(ODD)
    yield CFG(Alphabet(("if", "fi")), ("S",), ((0, ()), (0, (0, -1, 1, -1))))
    yield nerode.from_regex("(a|\"'\\\\)+\\[", ODD)
    yield nerode.from_regex("[\"'\\\\\\]\\^\\-\\[#]*é{2,3}", ODD)


@pytest.mark.parametrize("automaton", list(guides()), ids=["plain", "odd", "long", "dfa", "class"])
def test_xgrammar_reads_gbnf(automaton):
    xgrammar = pytest.importorskip("xgrammar")
    compiled = xgrammar.Grammar.from_ebnf(rules_of(automaton, GBNF))
    matches = xgrammar.testing._is_grammar_accept_string
    words = list(all_words(len(automaton.alphabet), 3))
    chosen = words[:: max(1, len(words) // 200)] + accepted(automaton)
    texts = ["".join(automaton.alphabet.symbols[i] for i in word) for word in chosen]
    found = [bool(matches(compiled, text)) for text in texts]
    assert found == (automaton.predict(chosen) == 1).tolist()
    assert any(found)
    assert not all(found)


def accepted(automaton):
    if isinstance(automaton, CFG):
        draw = Derivations(automaton).draw
        return [word for depth in range(4) for word in draw(np.random.default_rng(0), 10, depth, 20)]
    return [word for word in all_words(len(automaton.alphabet), 4) if automaton.predict([word])[0] == 1][:20]


@pytest.mark.parametrize("automaton", list(guides()), ids=["plain", "odd", "long", "dfa", "class"])
@pytest.mark.sampled(3)
def test_llguidance_reads_gbnf(automaton):
    llguidance = pytest.importorskip("llguidance")
    tokenizer = llguidance.LLTokenizer("byte")
    lark = pytest.importorskip("llguidance.gbnf_to_lark").any_to_lark(rules_of(automaton, GBNF))
    words = list(all_words(len(automaton.alphabet), 3))
    chosen = words[:: max(1, len(words) // 50)] + accepted(automaton)
    found = []
    for word in chosen:
        matcher = llguidance.LLMatcher(tokenizer, llguidance.grammar_from("lark", lark))
        read = list("".join(automaton.alphabet.symbols[i] for i in word).encode())
        found.append(matcher.try_consume_tokens(read) == len(read) and matcher.is_accepting())
    assert found == (automaton.predict(chosen) == 1).tolist()
    assert any(found)
    assert not all(found)
