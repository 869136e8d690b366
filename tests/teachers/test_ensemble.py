"""Several teachers as one: against the mean computed by hand, whole words and states alike, and what is refused."""

import numpy as np
import pytest
from scipy.special import expit, logit, softmax

import nerode
from nerode.automata.dfa import DFA
from nerode.datasets.languages import tomita
from nerode.domains import Column, Domain
from nerode.errors import InputError
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.protocols import SteppingTeacher
from nerode.stepping import prefix_scores, scores_by_stepping
from nerode.teachers.encoding import Encoding
from nerode.teachers.ensemble import ensemble
from nerode.teachers.known import KnownWords
from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.words import Alphabet, all_words

AB = Alphabet("ab")
WORDS = list(all_words(2, 4))
WIDTHS = {Binary(): 1, Multiclass(): 3, NextSymbol(2): 3, Value(): 2}


class Fixed:
    """A teacher of random scores, one row for each word."""

    def __init__(self, link, width, seed):
        self.alphabet, self.link, self.width = AB, link, width
        self.table = 2 * np.random.default_rng(seed).normal(size=(len(WORDS), width))

    def scores(self, words):
        return self.table[[WORDS.index(word) for word in words]]


def network(seed, transformer=False):
    link, width = NextSymbol(2), 3
    rng = np.random.default_rng(seed)
    spec = TransformerSpec(3, 4, 2, 1, 8, width) if transformer else RecurrentSpec("lstm", 3, 3 + seed, (width,), 2)
    made = (CausalTransformer if transformer else RecurrentNetwork)(spec)
    for weights in made.parameters():
        weights.data.copy_(weights.data.new_tensor(rng.normal(size=tuple(weights.shape))))
    return TrainedModel(made, AB, link, Encoding(begin=(2,)), width, "", "").teacher


def probabilities(link, scores):
    return np.concatenate([1 - expit(scores), expit(scores)], axis=1) if link == Binary() else softmax(scores, axis=1)


@pytest.mark.parametrize("combine", ["mean", "confidence"])
@pytest.mark.parametrize("link", list(WIDTHS)[:3], ids=lambda link: type(link).__name__)
def test_probabilities_are_combined_as_by_hand(link, combine):
    members = [Fixed(link, WIDTHS[link], seed) for seed in range(3)]
    together = ensemble(members, combine)
    likely = [probabilities(link, member.scores(WORDS)) for member in members]
    for row, scores in enumerate(together.scores(WORDS)):
        weights = [1.0 if combine == "mean" else np.exp((p[row] * np.log(p[row])).sum()) for p in likely]
        wanted = sum(weight * p[row] for weight, p in zip(weights, likely, strict=True)) / sum(weights)
        found = expit(scores[0]) if link == Binary() else softmax(scores)
        assert found == pytest.approx(wanted[1] if link == Binary() else wanted)
    assert (together.link, together.width) == (link, WIDTHS[link])


def test_values_have_their_mean():
    members = [Fixed(Value(), 2, seed) for seed in range(3)]
    assert ensemble(members).scores(WORDS) == pytest.approx(np.mean([member.table for member in members], axis=0))


def test_a_sure_teacher_counts_more():
    sure, unsure = Fixed(Binary(), 1, 0), Fixed(Binary(), 1, 1)
    sure.table[:], unsure.table[:] = 8.0, -0.5
    mean, confident = (ensemble([sure, unsure], how).scores([()])[0, 0] for how in ("mean", "confidence"))
    assert confident > mean
    assert mean == pytest.approx(logit((expit(8.0) + expit(-0.5)) / 2))


def test_labels_without_scores_are_votes():
    one, other = tomita(4), tomita(5)
    together = ensemble([one, other, other])
    assert (together.link.labels(together.scores(WORDS)) == other.link.labels(other.scores(WORDS))).all()
    split = one.scores(WORDS)[:, 0] * other.scores(WORDS)[:, 0] < 0
    assert expit(together.scores(WORDS)[split, 0]) == pytest.approx(np.where(other.scores(WORDS)[split, 0] > 0, 2 / 3, 1 / 3))


def test_states_give_what_whole_words_give():
    members = [network(0), network(1), network(2, transformer=True)]
    together = ensemble(members)
    assert isinstance(together, SteppingTeacher)
    whole = together.scores(WORDS)
    assert scores_by_stepping(together, WORDS) == pytest.approx(whole, abs=1e-5)
    assert prefix_scores(together, WORDS[-3:])[0][-1] == pytest.approx(whole[-1], abs=1e-5)
    assert not isinstance(ensemble([network(0), Fixed(NextSymbol(2), 3, 0)]), SteppingTeacher)


def test_symbols_that_never_follow_are_left_out():
    """One of them has a hidden symbol with a probability of its own, and the other squashes its scores."""
    hidden, squashed = Fixed(NextSymbol(2), 5, 0), Fixed(NextSymbol(2, "sigmoid"), 3, 1)
    together = ensemble([hidden, squashed])
    wanted = (softmax(hidden.table[:, :3], axis=1) + softmax(expit(squashed.table), axis=1)) / 2
    assert softmax(together.scores(WORDS), axis=1) == pytest.approx(wanted)
    assert (together.link, together.width) == (NextSymbol(2), 3)


def test_an_automaton_is_extracted_of_several_teachers():
    found = nerode.extract(nerode.ensemble([tomita(3), tomita(5), tomita(5)]), "lstar", queries=3000).automaton
    assert isinstance(found, DFA)
    assert found.states == 4


def test_limits_and_what_is_told_are_those_of_all():
    one, other = Fixed(Binary(), 1, 0), Fixed(Binary(), 1, 1)
    one.longest, other.longest, other.told = 9, 7, "Said."
    together = ensemble([one, other])
    assert together.longest == 7
    assert "2 symbols, words of at most 7 symbols" in repr(together)


def with_domain(length, cut=None):
    """A teacher of words of one length; with a cut, of rows whose numbers are above it or not."""
    made = tomita(5)
    columns = () if cut is None else tuple(Column(f"c{i}", (cut,), (), False) for i in range(length))
    object.__setattr__(made, "domain", Domain(np.ones((1, length, 2), np.int64), columns))
    return made


def test_rows_are_read_by_the_columns_that_are_known():
    words, rows = with_domain(3), with_domain(3, 0.5)
    assert ensemble([words, rows]).domain == ensemble([rows, words]).domain == rows.domain
    assert ensemble([tomita(5), words]).domain == words.domain
    assert ensemble([tomita(5), tomita(4)]).domain is None


@pytest.mark.parametrize(
    ("members", "combine", "said"),
    [
        ([tomita(1)], "mean", "this is 1; give two or more"),
        ([tomita(1), tomita(2)], "best", "'best' is no way to combine teachers; choose among mean, confidence"),
        ([tomita(1), Fixed(Binary(), 1, 0)], "mean", "read the same symbols"),
        ([Fixed(Binary(), 1, 0), Fixed(Multiclass(), 2, 0)], "mean", "answer the same question"),
        ([Fixed(Multiclass(), 2, 0), Fixed(Multiclass(), 3, 0)], "mean", "answer the same question"),
        ([Fixed(Value(), 1, 0), Fixed(Value(), 1, 1)], "confidence", "values say nothing of how sure"),
        ([with_domain(3), with_domain(4)], "mean", "words of different lengths"),
        ([with_domain(3, 0.5), with_domain(3, 0.6)], "mean", "other columns or cuts"),
        (
            [tomita(1), KnownWords(Alphabet("01"), [(0,)], np.array([0]), ("no", "yes"), None, "f")],
            "mean",
            "a file of labels answers about",
        ),
        ([tomita(1), "tomita"], "mean", "teacher"),
    ],
)
def test_what_does_not_fit_is_refused(members, combine, said):
    with pytest.raises(InputError, match=said):
        ensemble(members, combine)
