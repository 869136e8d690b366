"""The languages LG1 to LG15 against grammars written by hand, and their samples."""

import numpy as np
import pytest

import nerode
from nerode.datasets.nested import lg
from nerode.datasets.samplers import training_words
from nerode.errors import InputError
from nerode.grammars.notations import GBNF
from nerode.grammars.rules_read import from_rules
from nerode.sampling import mutate
from nerode.words import all_words

TRUTH = {
    1: 'root ::= "" | "a" root "b"',
    2: 'root ::= "" | [ab] root [cd]',
    3: 'root ::= "" | ("ab" | "cd") root ("ef" | "gh")',
    4: 'root ::= "" | "ab" root "cd"',
    5: 'root ::= "" | "abc" root "def"',
    6: 'root ::= "" | ("ab" | "c") root ("de" | "f")',
    7: 'root ::= "(" s ")" | "[" s "]"\ns ::= "" | root s',
    8: 'root ::= "(" s ")" | "[" s "]" | "{" s "}"\ns ::= "" | root s',
    9: 'root ::= "(" s ")" | "[" s "]" | "{" s "}" | "<" s ">"\ns ::= "" | root s',
    10: 'root ::= "(abc" root* "xyz)"',
    11: 'root ::= ("ab" | "c") root* ("de" | "f")',
    12: 'root ::= p | q\np ::= "" | "(" q ")"\nq ::= "" | "{" p "}"',
    13: 'root ::= "(" (root | [abc])* ")"',
    14: 'root ::= "(" s ")" | "[" s "]"\ns ::= (root | [abc])*',
    15: 'root ::= "(" (root | "abc" | "d")* ")"',
}


@pytest.mark.parametrize("number", TRUTH)
@pytest.mark.sampled(5)
def test_a_language_is_that_of_its_grammar(number, rng):
    language = lg(number)
    grammar = from_rules(TRUTH[number], GBNF, language.alphabet)
    letters = len(language.alphabet)
    drawn = language.draw(rng, 100, 30)
    words = [*all_words(letters, {2: 10, 4: 6, 5: 5, 6: 4, 7: 4, 8: 4}[letters]), *drawn, *mutate(rng, drawn, letters)]
    expected = grammar.predict(words) == 1
    assert expected[-200:-100].all()
    assert not expected.all()
    np.testing.assert_array_equal(language.contains(words), expected)
    np.testing.assert_array_equal(language.grammar().predict(words) == 1, expected)


def test_samples_have_both_labels_and_no_long_words(rng):
    language = nerode.language("lg6", rng)
    words = training_words(rng, language, 400, 20)
    assert len(words) == 400
    assert 0.4 < language.contains(words).mean() < 0.75
    drawn = language.draw(rng, 200, 20)
    assert max(map(len, drawn)) <= 20
    assert language.contains(drawn).all()


def test_what_there_is_not(rng):
    with pytest.raises(InputError, match="lg1 to lg15"):
        nerode.language("lg16", rng)
    with pytest.raises(InputError, match="allow 8 letters"):
        lg(10).draw(rng, 1, 5)
