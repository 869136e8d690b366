"""What tests of the report page share: small automata, words to compare on, and the data of a page."""

import json
import re

from nerode.automata.dfa import DFA
from nerode.eval.page.amounts import Amounts
from nerode.eval.page.study import Evidence
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
BRIEF = Amounts(sample=200, kind=60, search=400)
EVEN = DFA(AB, [[1, 0], [0, 1]], [1, 0])
VERDICT = {"words": 3, "errors": 0, "distribution": "words like those", "delta": 0.05, "equivalent": False}


def of(words):
    """Words over a and b, as text or as indices, to compare on."""
    return Evidence([word if isinstance(word, tuple) else tuple(map("ab".index, word)) for word in words])


def data_of(html):
    """The data block of a page."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)[1])


def random_dfa(rng, states, letters):
    alphabet = Alphabet(tuple("abcdefghijkl"[:letters]))
    return DFA(alphabet, rng.integers(0, states, (states, letters)), rng.integers(0, 2, states))
