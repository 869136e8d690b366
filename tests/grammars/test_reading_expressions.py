"""Regular expressions are read as Python's `re` reads them: all words up to a length match alike."""

import re

import numpy as np
import pytest

import nerode
from nerode.automata.operations import minimise
from nerode.errors import InputError
from nerode.grammars import positions, reading
from nerode.words import Alphabet, all_words

READ = r"""
() (?!) a ab|c (?:ab)*c a| |a (a|)b a?b+c* (?P<name>a)b a{2} a{2,} a{1,2}b{,2} a{,} (ab?){2,3} (a?b?){2} (a*){3} (a*)* (a+b*)+
((a|b)c?){0}b (){5}a a{0,0} [ab]c [^ab]* [a-c]{2} []a] [^]a] [a-] [-a] [a^] [\]a] [\d] [\dc-] [^\d] .b .* \. \.|\* a\*
\x61b \u0061 \U00000061 [\x61-\x62] \w\W? \D \S+ \s \d a*?b+? a??b{1,2}? ^ab$ ^a|b$ \Aab\Z ^ $ ^(a|b)*$ (?!(ab)*$)[ab]*
(?!a)[abc]*
(?=a)[abc]* (?!ab).* (?=.*a$)(?!b).* (?!a)b|(?!b)a|c a|(?!(a|b)$). (?!(?:a|b)*$).*|aa ^(?!a).*$ (?!a) (?!$).* (?=$)a* (?!(?!)).
a(?!)|b [b-b] ((((a)))) (a(b(c)?)?)? [x-z]|a
""".split()  # noqa: SIM905  (a list would need a dozen lines)


@pytest.mark.parametrize("text", ["", *READ])
def test_all_words_match_as_python_says(text):
    alphabet = Alphabet(tuple("abc.*-]^1"))
    dfa = nerode.from_regex(text, alphabet)
    expression = re.compile(text)
    words = list(all_words(9, 3)) + [word for word in all_words(3, 6) if len(word) > 3]
    expected = [expression.fullmatch("".join(alphabet.symbols[letter] for letter in word)) is not None for word in words]
    assert dfa.predict(words).tolist() == expected
    assert minimise(dfa).states == dfa.states


def any_expression(rng, depth):
    """A random expression over a, b and c."""
    kind = rng.integers(6) if depth else 0
    if kind == 0:
        return str(rng.choice(["a", "b", "c", "[ab]", "[^a]", ".", "()"]))
    if kind <= 2:
        return any_expression(rng, depth - 1) + any_expression(rng, depth - 1)
    if kind == 3:
        return f"({any_expression(rng, depth - 1)}|{any_expression(rng, depth - 1)})"
    return f"({any_expression(rng, depth - 1)}){rng.choice(['*', '+', '?', '{2}', '{1,2}', '{2,}', '*?'])}"


@pytest.mark.parametrize("seed", range(60))
def test_random_expressions_match_as_python_says(seed):
    text = any_expression(np.random.default_rng(seed), 3)
    words = list(all_words(3, 5))
    expression = re.compile(text)
    expected = [expression.fullmatch("".join("abc"[letter] for letter in word)) is not None for word in words]
    assert nerode.from_regex(text, "abc").predict(words).tolist() == expected


@pytest.mark.parametrize(
    "text", ["(open (mid )*close )*", "open |mid ", "(open ){2}.*", "[^ ]* ", "open [a-z]*", "", "(?!mid )([a-z]+ )*"]
)
def test_symbols_of_several_characters_have_a_space_after_them(text):
    alphabet = Alphabet(("open", "close", "mid"))
    words = list(all_words(3, 5))
    expected = [re.fullmatch(text, "".join(f"{alphabet.symbols[letter]} " for letter in word)) is not None for word in words]
    assert nerode.from_regex(text, alphabet).predict(words).tolist() == expected


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("open close", "open close"),
        ("(open close)*", "open close"),
        ("open |open close", "open close"),
        ("openclose ", "openclose "),
        ("opn ", "opn "),
        ("a\\.b|open ", "a.b"),
    ],
)
def test_a_forgotten_space_is_refused(text, matched):
    with pytest.raises(
        InputError, match=f"matches {matched!r}, which is no sequence of symbols; write a space after each symbol"
    ):
        nerode.from_regex(text, ("open", "close", "a.b"))


@pytest.mark.parametrize("text", [".", "[a-z]+", "(.pen)*", "open [b-z]*"])
def test_an_expression_of_texts_alone_is_refused(text):
    with pytest.raises(
        InputError, match="no sequence of symbols matches the regular expression; write a space after each symbol"
    ):
        nerode.from_regex(text.replace("open ", "open"), ("open", "close"))


@pytest.mark.parametrize(
    "text", [r"\101", r"[\101]", r"\60", r"[\60]", r"\060", r"[\6\60]", r"[\b0]", r"\0601", r"[^\060]", r"\1011"]
)
def test_numbers_of_characters_are_read_as_python_does(text):
    words = list(all_words(3, 3))
    try:
        expected = [re.fullmatch(text, "".join("A01"[letter] for letter in word)) is not None for word in words]
    except re.error:
        with pytest.raises(InputError):
            nerode.from_regex(text, "A01")
    else:
        assert nerode.from_regex(text, "A01").predict(words).tolist() == expected


REFUSED = {
    "[\\400]": "there is no such character",
    "\\400": "there is no such character",
    "\\0": "'\\x00' is not in the alphabet",
    "a**": "character 3: a quantifier follows a quantifier",
    "a*+": "character 3: possessive",
    "a{2}{3}": "character 5: a quantifier follows",
    "*a": "character 1: there is nothing to repeat",
    "(|+)": "character 3: there is nothing to repeat",
    "(?!a)*": "character 6: there is nothing to repeat",
    "^*": "character 2: there is nothing to repeat",
    "a$*": "character 3: there is nothing to repeat",
    "a{": "character 2: '{' begins no number",
    "a{}": "character 2: '{' begins no number",
    "a{3,2}": "character 2: the smaller number",
    "a{12345678901}": "character 2: the number of repetitions is too large",
    "(?i)a": "character 1: this group sets flags",
    "(?i:a)": "character 1: this group sets flags",
    "(?<=a)b": "character 1: this group looks behind",
    "(?<!a)b": "character 1: this group looks behind",
    "(?P<n>a)(?P=n)": "character 9: this group refers back",
    "(?>a)": "character 1: this group is an atomic group",
    "(?#a)": "character 1: this group is a comment",
    "(a)(?(1)b)": "character 4: this group depends on a group",
    "(a)\\1": "character 4: \\1 refers back",
    "\\bab": "character 1: \\b is a boundary",
    "a\\N{DIGIT ONE}": "character 2: \\N names",
    "\\q": "character 1: \\q is no escape",
    "a\\": "character 2: the expression ends with a backslash",
    "a^": "character 2: this anchor may stand only",
    "(^a)": "character 2: this anchor may stand only",
    "(a$)": "character 3: this anchor may stand only",
    "ab$b": "character 4: nothing may follow '$'",
    "a$(b)": "character 3: nothing may follow '$'",
    "a(?!b)": "character 2: a lookahead may stand only",
    "((?!b)a)": "character 2: a lookahead may stand only",
    "(?!a$|b)c": "character 6: '$' ends a lookahead as a whole",
    "(?!a|b$)c": "character 7: '$' ends a lookahead as a whole",
    "(ab": "character 1: this bracket is never closed",
    "ab)": "character 3: this bracket was never opened",
    "a[bc": "character 2: this class of letters is never closed",
    "[": "character 1: this class of letters is never closed",
    "[b-a]": "this range of letters ends before it begins",
    "[\\d-c]": "this range of letters ends before it begins",
    "[a-\\d]": "this range of letters ends before it begins",
    "abx": "character 3: 'x' is not in the alphabet",
    "\\U99999999": "there is no such character",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_not_read_is_refused_with_its_place(text):
    with pytest.raises(InputError, match=re.escape(REFUSED[text])) as caught:
        nerode.from_regex(text, "abc")
    assert str(caught.value).startswith("the regular expression cannot be read at character ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(a|b)*a(a|b){20}", "DFA of more than 20,000 states"),
        ("((((a{20}){20}){20}){20}){20}", "more than 20,000 letters"),
        ("a{999999999}", "more than 20,000 letters"),
        ("a?" * 2000, "too many ways to go on"),
        ("(" * 1_000_001, "more than 1,000,000 characters"),
        ("(?=.*a.{11}$)(?=(.{7})*$).*", "the lookaheads of the regular expression"),
    ],
)
def test_large_expressions_are_refused_before_they_fill_the_memory(monkeypatch, text, said):
    monkeypatch.setattr(positions, "MOST_WORK", 1_000_000)
    with pytest.raises(InputError, match=said):
        nerode.from_regex(text, "ab")


def test_a_letter_of_a_class_is_looked_up_and_not_searched_for():
    compared = []

    class Character(str):
        def __le__(self, other):
            compared.append(self)
            return str.__le__(self, other)

        def __lt__(self, other):
            compared.append(self)
            return str.__lt__(self, other)

        __hash__ = str.__hash__

    characters = [Character(chr(0x4E00 + i)) for i in range(1000)]
    text = f"[{''.join(characters[:500])}{characters[600]}-{characters[-1]}]"
    reader = reading.Reader(text, characters)
    reader.read()
    assert reader.positions.symbols == [frozenset([*range(500), *range(600, 1000)])]
    assert len(compared) < 30_000


def test_brackets_may_be_nested_deeply():
    assert nerode.from_regex("(" * 3000 + "a" + ")*" * 3000, "ab").states == 2


def test_repetitions_are_copies():
    for least, most in ((0, 3), (2, 4), (3, 3)):
        dfa = nerode.from_regex(f"(ab|c){{{least},{most}}}", "abc")
        spelt = nerode.from_regex("(ab|c)" * least + "(ab|c)?" * (most - least), "abc")
        assert (dfa.transitions == spelt.transitions).all()
        assert (dfa.labels == spelt.labels).all()


@pytest.mark.parametrize("text", ["(open|close) *", "open ?close ?", "(open|close| )*"])
def test_spaces_that_may_be_there_are_no_fault(text):
    dfa = nerode.from_regex(text, ("open", "close"))
    expression = re.compile(text)
    for word in all_words(2, 3):
        spelled = "".join(f"{dfa.alphabet.symbols[letter]} " for letter in word)
        assert bool(dfa.predict([word])[0]) == (expression.fullmatch(spelled) is not None)
