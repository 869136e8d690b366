"""Networks, and the ways in which they are asked."""

import numpy as np
import pytest
import torch
from cases import ALPHABET, LETTERS, MARKED, PLAIN, distilbert_case, recurrent_case, spread
from doubles import random_words, words_up_to
from tolerances import rounding
from torch import nn
from truths import TOKENS, recurrent_truth, tokens_of

from nerode.asking import in_batches
from nerode.errors import InputError
from nerode.functions import looked_at
from nerode.links import Binary
from nerode.teachers import whole_words
from nerode.teachers.encoding import Encoding, by_length
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.whole_words import WholeWordTeacher
from nerode.words import Alphabet


@pytest.fixture
def words():
    rng = np.random.default_rng(5)
    return [*words_up_to(LETTERS, 2), *random_words(rng, LETTERS, 20, 12), (), (2, 0), (2, 0), (1,) * 30]


@pytest.mark.parametrize("encoding", [PLAIN, MARKED])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@torch.inference_mode()
def test_the_module_itself_answers_as_its_cells_do(cell, bidirectional, encoding):
    """The module is what is trained."""
    network = spread(RecurrentNetwork(RecurrentSpec(cell, TOKENS, 5, (4, 2), 2, bidirectional, 3)))
    truth = recurrent_truth(network, encoding)
    within = rounding(network, [tokens_of(encoding, (0, 1, 2, 0)), tokens_of(encoding, (2,) * 4)])
    for length in (0, 1, 4):
        words = [word for word in words_up_to(LETTERS, length) if len(word) == length][:9]
        scores = network(torch.from_numpy(encoding.tokens(words))).numpy()
        np.testing.assert_allclose(scores, [truth(word) for word in words], rtol=0, atol=within)


@torch.inference_mode()
def test_scores_after_each_token_are_those_of_the_prefixes():
    network = spread(RecurrentNetwork(RecurrentSpec("lstm", TOKENS, 5, (4, 2), 2)))
    tokens = torch.tensor([[0, 3, 6, 1, 1], [5, 5, 2, 0, 4]])
    each = network.forward_each(tokens)
    within = rounding(network, tokens.tolist())
    for length in range(1, 6):
        torch.testing.assert_close(each[:, length - 1], network(tokens[:, :length]), rtol=0, atol=within)


def test_whole_words_are_asked_in_batches_of_one_length(monkeypatch, words):
    monkeypatch.setattr(whole_words, "BATCH", 3)
    batches = []

    class Spy(nn.Module):
        def forward(self, tokens):
            batches.append(tokens)
            return tokens.double().sum(dim=1, keepdim=True)

    scores = WholeWordTeacher(ALPHABET, Binary(), MARKED, Spy(), 1).scores(words)
    assert scores[:, 0].tolist() == [sum(tokens_of(MARKED, word)) for word in words]
    assert max(map(len, batches)) == 3
    assert sorted(tuple(row) for batch in batches for row in batch.tolist()) == sorted(
        tuple(tokens_of(MARKED, word)) for word in words
    )


def test_batches_of_one_length_cover_every_word_once(words):
    seen = []
    for rows, batch in by_length(words, 4):
        assert len(batch) <= 4
        assert len({len(word) for word in batch}) == 1
        assert [words[row] for row in rows.tolist()] == batch
        seen.extend(rows.tolist())
    assert sorted(seen) == list(range(len(words)))
    assert list(by_length([], 4)) == []


def test_tokens_lie_between_the_markers():
    assert MARKED.tokens([(0, 2), (1, 1)]).tolist() == [[0, 6, 2, 4, 5, 1], [0, 6, 3, 3, 5, 1]]
    assert MARKED.tokens([(), ()]).tolist() == [[0, 6, 5, 1]] * 2
    assert PLAIN.tokens([()]).shape == (1, 0)
    assert MARKED.reversed == Encoding(begin=(1, 5), finish=(6, 0), offset=2)
    for word in words_up_to(LETTERS, 3):
        assert MARKED.reversed.tokens([word[::-1]])[0].tolist() == tokens_of(MARKED, word)[::-1]


def test_too_long_a_word_for_the_positions_of_a_network_is_refused():
    teacher = distilbert_case().teacher
    assert teacher.scores([(0,) * 66]).shape == (1, 1)
    with pytest.raises(InputError, match="at most 70 tokens; a word with its markers has 71"):
        teacher.scores([(0,), (0,) * 67])


@pytest.mark.parametrize(
    "change",
    [{"cell": "elman"}, {"hidden": 0}, {"layers": 1.0}, {"tokens": True}, {"readout": ()}, {"readout": (3, 0)}, {"embedding": 0}],
    ids=str,
)
def test_shapes_that_make_no_sense_are_refused(change):
    with pytest.raises(InputError):
        RecurrentSpec(**{"cell": "gru", "tokens": 3, "hidden": 2, "readout": (1,)} | change)


def test_teachers_name_themselves():
    assert repr(recurrent_case("gru").teacher) == "<RecurrentTeacher: classifier, 3 symbols>"
    assert repr(recurrent_case("gru", bidirectional=True).teacher) == "<TwoWay: classifier, 3 symbols>"
    assert repr(recurrent_case("gru", language_model=True).teacher) == "<RecurrentTeacher: language model, 3 symbols>"
    assert repr(distilbert_case().teacher) == "<WholeWordTeacher: classifier, 3 symbols, words of at most 66 symbols>"
    asked = looked_at(
        in_batches(lambda words: [float(len(word)) + 0.5 for word in words], 10),
        Alphabet("a"),
        gives=None,
        classes=None,
        longest=5,
    )
    assert repr(asked) == "<FunctionTeacher: scores, 1 symbol, words of at most 5 symbols>"


def test_the_specification_reads_well():
    assert str(RecurrentSpec("gru", 3, 50, (1,), 2)) == "GRU, 2 layers of 50, one-hot input"
    assert str(RecurrentSpec("gru-reset-first", 3, 50, (1,))) == "GRU (resets its state first), 1 layer of 50, one-hot input"
    wide = RecurrentSpec("rnn", 3, 5, (4, 1), bidirectional=True, embedding=2)
    assert str(wide) == "bidirectional RNN, 1 layer of 5, embedding of 2, 2 affine layers"
    assert wide.width == 1
    assert str(RecurrentSpec("rnn", 3, 5, ("relu", 1))) == "RNN, 1 layer of 5, one-hot input, 1 affine layer with relu"
