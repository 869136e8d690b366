"""The algebra is for weighted automata: what else is given is refused in one sentence."""

import pytest

from nerode.automata.determinise import to_dfa
from nerode.automata.distribution import Distribution, log_probabilities, negatives
from nerode.automata.growth import growth, stabilise
from nerode.automata.linear import add, discount, hadamard, minimise, rank, reverse, scale, subtract, trim
from nerode.automata.logspace import log_scores
from nerode.automata.norms import distance, norm
from nerode.automata.sums import total, total_of_length
from nerode.automata.truncation import hankel_singular_values, truncate
from nerode.datasets.languages import tomita
from nerode.errors import InputError

DFA = tomita(3)
CALLS = {
    "add": lambda: add(DFA, DFA),
    "subtract": lambda: subtract(DFA, DFA),
    "scale": lambda: scale(DFA, 2.0),
    "discount": lambda: discount(DFA, 0.5),
    "hadamard": lambda: hadamard(DFA, DFA),
    "reverse": lambda: reverse(DFA),
    "trim": lambda: trim(DFA),
    "minimise": lambda: minimise(DFA),
    "rank": lambda: rank(DFA),
    "norm": lambda: norm(DFA),
    "distance": lambda: distance(DFA, DFA),
    "total": lambda: total(DFA),
    "total_of_length": lambda: total_of_length(DFA, 2),
    "singular values": lambda: hankel_singular_values(DFA),
    "truncate": lambda: truncate(DFA, 1),
    "log scores": lambda: log_scores(DFA, [(0,)]),
    "distribution": lambda: Distribution(DFA),
    "negatives": lambda: negatives(DFA, [(0,)]),
    "log probabilities": lambda: log_probabilities(DFA, [(0,)]),
    "growth": lambda: growth(DFA),
    "stabilise": lambda: stabilise(DFA, [(0,)]),
    "to_dfa": lambda: to_dfa(DFA, [(0,)], 3),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_dfa_is_refused(name):
    with pytest.raises(InputError, match=r"this is for weighted automata; given was <DFA.*of type DFA"):
        CALLS[name]()
