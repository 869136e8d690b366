"""Answers in exact mode are the same to the last bit however a word is asked, and those of the network up to rounding."""

from copy import deepcopy
from dataclasses import replace
from itertools import cycle, pairwise

import numpy as np
import pytest
import torch
from doubles import WholeWords, random_words, words_up_to
from rounded import ALPHABET, LETTERS, MARKED, MODELS, distilbert, encoder, layered, recurrent, transformer
from thorough import times
from tolerances import rounding_of_model

from nerode import stepping
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.extraction.budget import metered
from nerode.extraction.hankel import walks
from nerode.extraction.hankel.tables import HankelTable, tabulate
from nerode.extraction.meter import Meter
from nerode.links import Binary
from nerode.protocols import SteppingTeacher, TwoWayTeacher, Wrapper, take
from nerode.rounding import exact
from nerode.stepping import TwoWay, prefix_scores
from nerode.teachers.asking import teacher_of
from nerode.teachers.encoding import Encoding, Padding
from nerode.teachers.model import TrainedModel

SIDE = times(6, 100)  # of the table whose cells are the words: 10,000 of them, or few enough for every day


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param]()


@pytest.fixture(scope="module")
def sides():
    """Prefixes and suffixes of the words."""
    rng = np.random.default_rng(5)

    def some(longest):
        words = dict.fromkeys([(), (1,), *random_words(rng, LETTERS, 30 * SIDE, longest)])
        return list(words)[: SIDE - 1]

    return [*some(5), (1,) * 9], [*some(6), (0, 2) * 4]


LONGER = (1,) * 20, (0, 2) * 7, (2, 0, 1) * 11  # attention adds up over more tokens than kernels work on at once


def words_of(sides):
    return [prefix + suffix for prefix in sides[0] for suffix in sides[1]]


def asked_in_batches(teacher, words, *sizes):
    """Batches of these sizes in turn."""
    bounds, size_of = [0], cycle(sizes)
    while bounds[-1] < len(words):
        bounds.append(bounds[-1] + next(size_of))
    return np.concatenate([teacher.scores(words[begin:end]) for begin, end in pairwise(bounds)])


def asked_through_states(teacher, words, rng):
    """Letter by letter, all words as one shuffled batch whose states lie in another order after each step."""
    scores = np.empty((len(words), teacher.width))
    rows, states = np.zeros(len(words), np.int64), teacher.start()  # the state of each word
    for length in range(max(map(len, words)) + 1):
        ending = np.array([i for i, word in enumerate(words) if len(word) == length], np.int64)
        if len(ending):
            scores[ending] = teacher.read(take(states, rows[ending]))
        going = rng.permutation([i for i, word in enumerate(words) if len(word) > length]).astype(np.int64)
        states = teacher.advance(states, rows[going], np.array([words[i][length] for i in going], np.int64))
        rows[going] = np.arange(len(going))
    return scores


def ways(teacher, sides, monkeypatch):
    """The scores (n, width) of all words, asked in many ways, each with its name. The same teacher, or each made anew."""
    words = words_of(sides)
    rng = np.random.default_rng(8)
    yield "at once", teacher.scores(words)
    for _ in range(2):
        order = rng.permutation(len(words))
        scores = np.empty((len(words), teacher.width))
        scores[order] = teacher.scores([words[i] for i in order])
        yield "in another order", scores
    for sizes in times([(1, 3, 7), (7, 1, 3), (32,), (33,)], [(1,), (3,), (7,), (32,), (33,)]):
        yield f"{sizes} at a time", asked_in_batches(teacher, words, *sizes)
    doubled = teacher.scores([word for word in words for _ in range(2)])
    yield "twice", doubled[::2]
    yield "twice, the second time", doubled[1::2]
    scores, offsets = prefix_scores(teacher, words)
    yield "with all prefixes", scores[offsets[1:] - 1]
    scores, offsets = prefix_scores(teacher, [(*word, 0, 2) for word in words])
    yield "as prefixes of longer words", scores[offsets[1:] - 3]
    with monkeypatch.context() as patch:
        patch.setattr(stepping, "BATCH", 10)
        yield "read ten side by side", teacher.scores(words)
    if isinstance(teacher, SteppingTeacher):
        yield "through states", asked_through_states(teacher, words, rng)
    if isinstance(teacher, TwoWayTeacher):
        backwards = asked_through_states(teacher.backward, [word[::-1] for word in words], rng)
        yield "through states", asked_through_states(teacher.forward, words, rng) + backwards
    for name, table in tables(teacher, *sides, monkeypatch):
        yield f"as cells of a table {name}", table.reshape(len(words), -1)


def tables(teacher, prefixes, suffixes, monkeypatch):
    """The scores (P, S, width) in tables of several shapes."""
    yield "at once", tabulate(teacher, prefixes, suffixes)
    yield "row by row", np.concatenate([tabulate(teacher, [prefix], suffixes) for prefix in prefixes])
    yield "column by column", np.concatenate([tabulate(teacher, prefixes, [suffix]) for suffix in suffixes], axis=1)
    yield "backwards", tabulate(teacher, prefixes[::-1], suffixes[::-1])[::-1, ::-1]
    growing = HankelTable(teacher, prefixes[:4], suffixes[:3])
    growing.add(prefixes[4:], suffixes[3:5])
    growing.add((), suffixes[5:])
    yield "that grows", growing.values
    for tile in (3, 37):
        with monkeypatch.context() as patch:
            patch.setattr(walks, "rows_of_a_tile", lambda teacher, states, tile=tile: tile)
            yield f"in tiles of {tile}", tabulate(teacher, prefixes, suffixes)


def shifted(network, count):
    """The same network, whose weights lie `count` numbers behind where memory usually begins."""
    moved = deepcopy(network)
    for part in moved.parameters():
        room = torch.empty(part.numel() + count, dtype=part.dtype)
        room[count:] = part.detach().flatten()
        part.data = room[count:].view(part.shape)
    return moved


@pytest.mark.sampled(10)
def test_every_way_of_asking_gives_the_same_bits(model, sides, monkeypatch):
    (_, first), *others = ways(exact(model.teacher), sides, monkeypatch)
    assert len(others) >= 18
    for way, scores in others:
        np.testing.assert_array_equal(scores, first, err_msg=way)
    same, number = exact(model.teacher), np.arange(len(LONGER))
    longer = same.scores(LONGER)
    np.testing.assert_array_equal(asked_in_batches(same, LONGER, 1), longer)
    np.testing.assert_array_equal(
        tabulate(same, [word[:5] for word in LONGER], [word[5:] for word in LONGER])[number, number], longer
    )
    for count in (1, 2, 4):  # of 4 bytes each, or of 8
        again = TrainedModel(shifted(model.network, count), ALPHABET, model.link, model.encoding, model.width, "", "")
        np.testing.assert_array_equal(exact(again.teacher).scores(words_of(sides)), first)


@pytest.mark.sampled(10)
def test_it_is_the_same_function_and_of_the_same_kind(model, sides):
    """The truth is the network as it is, in float64."""
    plain, same, words = model.teacher, exact(model.teacher), words_of(sides)
    truth = teacher_of(deepcopy(model.network).double(), ALPHABET, model.link, model.encoding, model.width)
    within = rounding_of_model(model, words)
    expected = truth.scores(words)
    np.testing.assert_allclose(same.scores(words), expected, rtol=0, atol=within)
    np.testing.assert_allclose(plain.scores(words), expected, rtol=0, atol=within)
    assert within < 0.02 * np.ptp(expected, axis=0).max()  # else it would show nothing
    assert (same.alphabet, same.width, same.link) == (plain.alphabet, plain.width, plain.link)
    for kind in (SteppingTeacher, TwoWayTeacher):
        assert isinstance(same, kind) == isinstance(plain, kind)


class Careless(Wrapper):
    """A teacher whose answers depend on how many words are asked at once, in the last bit."""

    def scores(self, words):
        scores = self._asked.scores(words)
        return np.nextafter(scores, np.inf) if len(words) % 7 == 3 else scores


def test_a_difference_in_the_last_bit_would_be_seen(rng, sides, monkeypatch):
    (_, first), *others = ways(Careless(random_pdfa(rng, 9, LETTERS)), sides, monkeypatch)
    assert any((scores != first).any() for _, scores in others)


def test_nothing_asked_is_nothing_answered(model):
    same = exact(model.teacher)
    assert same.scores([]).shape == (0, model.width)
    if isinstance(same, SteppingTeacher):
        nobody = np.zeros(0, np.int64)
        after = same.advance(same.start(), nobody, nobody)
        assert len(after[0]) == 0
        assert same.read(after).shape == (0, model.width)


def test_an_exact_teacher_is_its_own(model):
    same = exact(model.teacher)
    words = words_up_to(LETTERS, 2)[1:]
    assert isinstance(exact(same), SteppingTeacher) == isinstance(same, SteppingTeacher)
    np.testing.assert_array_equal(exact(same).scores(words), same.scores(words))


@pytest.mark.sampled(10)
def test_it_can_be_metered(model, sides):
    """And answers on as it does."""
    meter, same = Meter(), exact(model.teacher)
    asked = metered(same, meter)
    words = words_of(sides)[:30]
    np.testing.assert_array_equal(asked.scores(words), same.scores(words))
    assert meter.queries == len(words)
    np.testing.assert_array_equal(tabulate(asked, sides[0][1:5], sides[1][1:5]), tabulate(same, sides[0][1:5], sides[1][1:5]))


def test_words_may_be_text_and_must_be_known(model):
    same = exact(model.teacher)
    np.testing.assert_array_equal(same.scores(["ca"]), same.scores([(2, 0)]))
    with pytest.raises(InputError, match="unknown symbol"):
        same.scores([(0, LETTERS)])


def test_what_a_network_cannot_read_it_cannot_read_in_exact_mode():
    with pytest.raises(InputError, match="at most 70 tokens; a word with its markers has 71"):
        exact(distilbert().teacher).scores([(0,) * 67])
    with pytest.raises(InputError, match="begin marker"):
        exact(transformer(Encoding()).teacher).scores([()])


@pytest.mark.parametrize("make", [random_dfa, random_pdfa])
def test_deterministic_automata_are_exact_as_they_are(rng, make):
    automaton = make(rng, 19, LETTERS)
    assert exact(automaton) is automaton


def test_both_directions_of_a_sum_are_exact(rng):
    both = TwoWay(random_dfa(rng, 5, LETTERS), random_dfa(rng, 4, LETTERS))
    assert exact(both) == both


@pytest.mark.parametrize(
    ("teacher", "what"),
    [
        (lambda: random_wfa(np.random.default_rng(3), 3, LETTERS), "a teacher of the kind WFA"),
        (lambda: TwoWay(*(random_wfa(np.random.default_rng(3), 3, LETTERS) for _ in range(2))), "a teacher of the kind WFA"),
        (lambda: WholeWords(random_dfa(np.random.default_rng(3), 3, LETTERS)), "a teacher of the kind WholeWords"),
        (lambda: teacher_of(torch.nn.Linear(1, 1), ALPHABET, Binary(), MARKED, 1), "Linear"),
    ],
)
def test_other_teachers_are_refused_in_one_sentence(teacher, what):
    with pytest.raises(InputError, match=f"^exact mode is not offered for {what}.*: it is for .*; ask without it$"):
        exact(teacher())


def test_networks_elsewhere_or_in_half_precision_are_refused():
    made = (recurrent("gru"), recurrent("gru", 2, True), transformer(), distilbert(), encoder("mean"), layered("convolution"))
    for network in (model.network for model in made):
        half = deepcopy(network).half()
        with pytest.raises(InputError, match=r"float32 and float64.*torch\.float16"):
            exact(teacher_of(half, ALPHABET, Binary(), MARKED, 1))
    for made in (recurrent("gru", 2, True), layered("state space")):
        with pytest.raises(InputError, match="on the processor, and this network is on meta; choose --device cpu"):
            exact(teacher_of(made.network.to("meta"), ALPHABET, Binary(), MARKED, 1))


def test_a_network_that_keeps_states_has_no_exact_mode_where_words_are_padded():
    model = replace(layered("state space"), encoding=Encoding(begin=(0,), padding=Padding(6, 9)))
    assert not isinstance(model.teacher, SteppingTeacher)
    with pytest.raises(InputError, match=r"not offered for state-space model, .* whose words are padded"):
        exact(model.teacher)
