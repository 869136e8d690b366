"""One contract for every kind of teacher: it answers as the slow truth does, however it is asked."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
import torch
from doubles import random_words, words_up_to
from torch import nn

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.datasets.languages import Dyck
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.extraction import walks
from nerode.extraction.hankel import tabulate
from nerode.links import Binary, Multiclass, NextSymbol
from nerode.protocols import BranchingTeacher, SteppingTeacher, Teacher, TwoWayTeacher, take
from nerode.stepping import prefix_scores
from nerode.teachers import whole_words
from nerode.teachers.asking import teacher_of
from nerode.teachers.distilbert import DistilBertNetwork, DistilBertSpec
from nerode.teachers.encoding import Encoding, by_length
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.teachers.transformer import CausalTransformer, TransformerSpec
from nerode.teachers.whole_words import WholeWordTeacher
from nerode.words import Alphabet

ALPHABET = Alphabet(("a", "b", "c"))
LETTERS = len(ALPHABET)
TOKENS = 7
PLAIN = Encoding()
MARKED = Encoding(begin=(0, 6), finish=(5, 1), offset=2)
STARTED = Encoding(begin=(6,), offset=1)
EXACT, SINGLE = 1e-11, 1e-5  # tolerances, as a part of the largest score, of float64 and of float32

STEPPING, TWO_WAY, WHOLE = "stepping", "two-way", "whole words"


@dataclass
class Case:
    teacher: Teacher
    truth: Callable  # word -> scores (width,), one word at a time, as slow as can be
    kind: str
    tolerance: float = EXACT


def tokens_of(encoding, word):
    return [*encoding.begin, *(letter + encoding.offset for letter in word), *encoding.finish]


def recurrent_truth(network, encoding):
    """Torch's own cells, from their last states h_n; written without the network's `forward`."""

    def truth(word):
        tokens = tokens_of(encoding, word)
        directions = 2 if network.spec.bidirectional else 1
        dtype = network.readout[0].weight.dtype
        if tokens:
            table = torch.eye(TOKENS, dtype=dtype) if network.embedding is None else network.embedding.weight
            _, last = network.cells(torch.stack([table[token] for token in tokens])[None])
            last = last[0] if network.spec.cell == "lstm" else last  # (layers · directions, 1, hidden)
        else:
            last = torch.zeros(directions, 1, network.spec.hidden, dtype=dtype)
        scores = torch.cat(list(last[-directions:, 0]))
        for layer in network.readout:
            scores = layer.weight @ scores + layer.bias
        return scores.numpy()

    return truth


def recurrent_case(cell, layers=1, embedding=None, bidirectional=False, language_model=False, encoding=PLAIN, double=True):
    link = NextSymbol(LETTERS) if language_model else Multiclass()
    readout = (6, LETTERS + 2) if language_model else (4,)
    spec = RecurrentSpec(cell, TOKENS, 5, readout, layers, bidirectional, embedding)
    network = spread(RecurrentNetwork(spec), double)
    kind = STEPPING if not bidirectional else TWO_WAY if layers == 1 else WHOLE
    teacher = teacher_of(network, ALPHABET, link, encoding, spec.width)
    return Case(teacher, recurrent_truth(network, encoding), kind, EXACT if double else SINGLE)


def spread(network, double=True):
    """Weights large enough for words to be told apart, float64 so that nothing hides in rounding."""
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for weights in network.parameters():
            weights.copy_(torch.empty_like(weights).normal_(0, 0.7, generator=generator))
    return network.double() if double else network


def binary_case():
    """One affine layer, one score."""
    spec = RecurrentSpec("gru", TOKENS, 5, (1,))
    network = spread(RecurrentNetwork(spec))
    return Case(teacher_of(network, ALPHABET, Binary(), MARKED, 1), recurrent_truth(network, MARKED), STEPPING)


def transformer_case(encoding, language_model, layers=2, double=True):
    spec = TransformerSpec(TOKENS, dim=8, heads=2, layers=layers, feedforward=12, width=LETTERS + 1)
    network = spread(CausalTransformer(spec), double)
    link = NextSymbol(LETTERS) if language_model else Multiclass()

    def truth(word):
        return network(torch.tensor([tokens_of(encoding, word)]))[0].numpy()

    tolerance = EXACT if double else SINGLE
    return Case(teacher_of(network, ALPHABET, link, encoding, spec.width), truth, STEPPING, tolerance)


def distilbert_case():
    spec = DistilBertSpec(tokens=TOKENS, longest=70, layers=2, dim=8, heads=2, feedforward=12, width=1)
    network = spread(DistilBertNetwork(spec))
    truth = distilbert_truth(network)
    teacher = teacher_of(network, ALPHABET, Binary(), MARKED, 1)
    return Case(teacher, lambda word: truth(tokens_of(MARKED, word)), WHOLE)


def distilbert_truth(network):
    """The same weights in torch's own post-norm encoder layers."""
    spec, state = network.spec, network.state_dict()
    blocks = []
    for depth in range(spec.layers):
        block = nn.TransformerEncoderLayer(
            spec.dim, spec.heads, spec.feedforward, dropout=0, activation="gelu", layer_norm_eps=1e-12, batch_first=True
        ).double()
        ours = {
            name.removeprefix(f"distilbert.transformer.layer.{depth}."): weights
            for name, weights in state.items()
            if name.startswith(f"distilbert.transformer.layer.{depth}.")
        }
        theirs = {}
        for part in ("weight", "bias"):
            theirs[f"self_attn.in_proj_{part}"] = torch.cat([ours[f"attention.{name}_lin.{part}"] for name in "qkv"])
            theirs[f"self_attn.out_proj.{part}"] = ours[f"attention.out_lin.{part}"]
            theirs[f"norm1.{part}"], theirs[f"norm2.{part}"] = ours[f"sa_layer_norm.{part}"], ours[f"output_layer_norm.{part}"]
            theirs[f"linear1.{part}"], theirs[f"linear2.{part}"] = ours[f"ffn.lin1.{part}"], ours[f"ffn.lin2.{part}"]
        block.load_state_dict(theirs)
        blocks.append(block.eval())

    def truth(tokens):
        prefix = "distilbert.embeddings."
        hidden = torch.stack([state[prefix + "word_embeddings.weight"][token] for token in tokens])
        hidden = hidden + state[prefix + "position_embeddings.weight"][: len(tokens)]
        norm = (state[prefix + "LayerNorm.weight"], state[prefix + "LayerNorm.bias"])
        hidden = nn.functional.layer_norm(hidden, (spec.dim,), *norm, eps=1e-12)[None]
        for block in blocks:
            hidden = block(hidden)
        inner = (state["pre_classifier.weight"] @ hidden[0, 0] + state["pre_classifier.bias"]).clamp(min=0)
        return (state["classifier.weight"] @ inner + state["classifier.bias"]).numpy()

    return truth


def walk(automaton, word):
    state = automaton.initial
    for letter in word:
        state = automaton.transitions[state, letter]
    return state


def dfa_case(classes):
    dfa = random_dfa(np.random.default_rng(3), 7, LETTERS, classes)
    dfa = DFA(ALPHABET, dfa.transitions, dfa.labels, classes=classes)

    def truth(word):
        label = dfa.labels[walk(dfa, word)]
        return [1.0 if label else -1.0] if classes == 2 else [float(label == other) for other in range(classes)]

    return Case(dfa, truth, STEPPING)


def pdfa_case():
    made = random_pdfa(np.random.default_rng(3), 5, LETTERS)
    pdfa = PDFA(ALPHABET, made.transitions, made.probabilities)
    return Case(pdfa, lambda word: np.log(pdfa.probabilities[walk(pdfa, word)]), STEPPING)


def wfa_case():
    made = random_wfa(np.random.default_rng(3), 5, LETTERS, width=2)
    wfa = WFA(ALPHABET, made.initial, made.transitions, made.final)

    def truth(word):
        state = wfa.initial
        for letter in word:
            state = state @ wfa.transitions[letter]
        return state @ wfa.final

    return Case(wfa, truth, STEPPING)


def dyck_case(depth):
    """Symbols ( ) and the filler a."""
    dyck = Dyck(1, depth, fillers=1)

    def truth(word):
        opened = 0
        for letter in word:
            opened += (1, -1, 0)[letter]
            if opened < 0 or (depth is not None and opened > depth):
                return [-1.0]
        return [1.0 if opened == 0 else -1.0]

    return Case(dyck, truth, STEPPING)


CASES = {
    f"{cell} x {layers}, {'embedding' if embedding else 'one-hot'}, {name}": (
        lambda cell=cell, layers=layers, embedding=embedding, encoding=encoding, language_model=language_model: recurrent_case(
            cell, layers, embedding, language_model=language_model, encoding=encoding
        )
    )
    for cell, layers, embedding, (name, encoding, language_model) in product(
        ("rnn", "gru", "lstm"),
        (1, 2),
        (None, 4),
        [
            ("classifier", PLAIN, False),
            ("marked classifier", MARKED, False),
            ("language model", PLAIN, True),
            ("started language model", STARTED, True),
        ],
    )
}
CASES |= {
    f"bidirectional {cell} x {layers}, {name}": (
        lambda cell=cell, layers=layers, encoding=encoding: recurrent_case(
            cell, layers, embedding=3, bidirectional=True, encoding=encoding
        )
    )
    for cell, layers, (name, encoding) in product(("rnn", "gru", "lstm"), (1, 2), [("plain", PLAIN), ("marked", MARKED)])
}
CASES |= {
    f"{cell} in float32": (lambda cell=cell: recurrent_case(cell, 2, 4, encoding=MARKED, double=False))
    for cell in ("rnn", "gru", "lstm")
}
CASES |= {
    "bidirectional gru in float32": lambda: recurrent_case("gru", bidirectional=True, encoding=MARKED, double=False),
    "one score": binary_case,
    "causal transformer, classifier": lambda: transformer_case(MARKED, False),
    "causal transformer, language model": lambda: transformer_case(STARTED, True),
    "causal transformer, one block": lambda: transformer_case(STARTED, True, layers=1),
    "causal transformer in float32": lambda: transformer_case(STARTED, True, double=False),
    "DistilBERT": distilbert_case,
    "DFA": lambda: dfa_case(2),
    "DFA of four classes": lambda: dfa_case(4),
    "PDFA": pdfa_case,
    "WFA": wfa_case,
    "Dyck": lambda: dyck_case(None),
    "Dyck of depth 2": lambda: dyck_case(2),
}


@pytest.fixture(scope="module")
def words():
    rng = np.random.default_rng(5)
    words = [*words_up_to(LETTERS, 2), *random_words(rng, LETTERS, 20, 12), (), (2, 0), (2, 0), (1,) * 30]
    return [words[i] for i in rng.permutation(len(words))]


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return CASES[request.param]()


@pytest.fixture(scope="module")
def expected(case, words):
    with torch.inference_mode():
        return np.array([np.asarray(case.truth(word), np.float64) for word in words])


def assert_close(case, scores, expected):
    assert scores.dtype == np.float64
    assert scores.shape == expected.shape
    np.testing.assert_allclose(scores, expected, rtol=0, atol=case.tolerance * np.abs(expected).max())


def ways(case):
    """The parts of a teacher that keep states."""
    return {STEPPING: lambda: [case.teacher], TWO_WAY: lambda: [case.teacher.forward, case.teacher.backward], WHOLE: list}[
        case.kind
    ]()


class TestContract:
    def test_it_is_of_its_kind(self, case):
        assert isinstance(case.teacher, Teacher)
        assert isinstance(case.teacher, SteppingTeacher) == (case.kind == STEPPING)
        assert isinstance(case.teacher, TwoWayTeacher) == (case.kind == TWO_WAY)
        assert len(case.teacher.alphabet) == LETTERS

    def test_the_truth_tells_words_apart(self, case, expected):
        """Else nothing below could fail."""
        distinct = len(np.unique(expected.round(6), axis=0))
        assert distinct >= (2 if expected.shape[1] == 1 and set(np.unique(expected)) <= {-1.0, 1.0} else 3)

    def test_scores_are_the_truth(self, case, words, expected):
        assert_close(case, case.teacher.scores(words), expected)

    def test_no_answer_depends_on_the_batch(self, case, words):
        together = case.teacher.scores(words)
        assert_close(case, np.concatenate([case.teacher.scores([word]) for word in words]), together)
        assert_close(case, case.teacher.scores(words[::-1])[::-1], together)

    def test_asking_changes_nothing(self, case, words):
        np.testing.assert_array_equal(case.teacher.scores(words), case.teacher.scores(words))

    def test_the_empty_word_and_no_words(self, case):
        with torch.inference_mode():
            truth = np.array([np.asarray(case.truth(()), np.float64)])
        assert_close(case, case.teacher.scores([()]), truth)
        assert_close(case, case.teacher.scores([(), ()]), np.concatenate([truth, truth]))
        assert case.teacher.scores([]).shape == (0, case.teacher.width)

    def test_words_may_be_text_symbols_or_indices(self, case):
        symbols = case.teacher.alphabet.symbols
        given = [(2, 0, 1), (), (1,)]
        expected = case.teacher.scores(given)
        for words in (
            ["".join(symbols[i] for i in word) for word in given],
            [[symbols[i] for i in word] for word in given],
            [np.array(word, np.int64) for word in given],
        ):
            np.testing.assert_array_equal(case.teacher.scores(words), expected)

    def test_unknown_symbols_are_refused(self, case):
        for word in ((0, LETTERS), (-1,), "z", ["z"]):
            with pytest.raises(InputError, match="unknown symbol"):
                case.teacher.scores([(0,), word])

    def test_the_link_reads_the_scores(self, case, words, expected):
        labels = case.teacher.link.labels(expected) if not isinstance(case.teacher, WFA) else np.zeros(len(words), np.int64)
        assert labels.shape == (len(words),)
        if isinstance(case.teacher.link, NextSymbol):
            logs = case.teacher.link.log_probabilities(expected)
            assert logs.shape == (len(words), LETTERS + 1)
            assert (np.exp(logs).sum(axis=1) <= 1 + 1e-9).all()

    def test_scores_of_all_prefixes(self, case, words):
        words = words[:12]
        scores, offsets = prefix_scores(case.teacher, words)
        assert offsets.tolist() == np.cumsum([0, *(len(word) + 1 for word in words)]).tolist()
        prefixes = [word[:length] for word in words for length in range(len(word) + 1)]
        assert_close(case, scores, case.teacher.scores(prefixes))

    @pytest.mark.parametrize("tile", [1, 7, 256, 10**6])
    def test_a_table_holds_the_scores_of_its_words(self, monkeypatch, case, words, tile):
        monkeypatch.setattr(walks, "TILE", tile)
        for teacher in ways(case):
            if isinstance(teacher, BranchingTeacher):
                monkeypatch.setattr(type(teacher), "tile", tile)
        prefixes, suffixes = words[:14], [*words_up_to(LETTERS, 2), *words[14:26]]
        values = tabulate(case.teacher, prefixes, suffixes)
        assert values.shape == (len(prefixes), len(suffixes), case.teacher.width)
        expected = case.teacher.scores([p + s for p in prefixes for s in suffixes])
        assert_close(case, values.reshape(expected.shape).astype(np.float64), expected)

    def test_states_can_be_kept(self, case):
        """Parents in any order, some of them often and some never."""
        rng = np.random.default_rng(8)
        for teacher in ways(case):
            words, states = [()], teacher.start()
            for count in (3, 7, 2, 9):
                parents, symbols = rng.integers(len(words), size=count), rng.integers(LETTERS, size=count)
                before = [part.tolist() for part in states]
                children = teacher.advance(states, parents, symbols)
                assert [part.tolist() for part in states] == before  # the parents are still there, unharmed
                words = [(*words[parent], symbol) for parent, symbol in zip(parents.tolist(), symbols.tolist(), strict=True)]
                states = children
                assert {len(part) for part in states} == {count}
                first = teacher.read(states)
                np.testing.assert_array_equal(teacher.read(states), first)
                assert_close(case, first.astype(np.float64), teacher.scores(words))
                some = np.array([count - 1, 0, 0])
                np.testing.assert_allclose(teacher.read(take(states, some)), first[some], rtol=1e-5, atol=1e-6)
            assert teacher.advance(states, np.zeros(0, np.int64), np.zeros(0, np.int64))[0].shape[0] == 0

    def test_branches_are_steps(self, case):
        """Each symbol after all states at once; and the states that they grow from stay as they are."""
        rows = np.arange(5)
        for teacher in ways(case):
            if isinstance(teacher, BranchingTeacher):
                states = teacher.start()
                for symbols in ([2, 0, 0, 1, 1], [0, 1, 2, 0, 1], [1, 1, 2, 2, 0]):
                    states = teacher.advance(states, rows % len(states[0]), np.array(symbols))
                parents, first = [states], [()]
                for family in ([[2, 0]], [[1, 1, 0], [2]], [[0], [], [1, 2], [2]]):
                    before = [[part.tolist() for part in parent] for parent in parents]
                    children = list(teacher.branch(parents, family))
                    assert [[part.tolist() for part in parent] for parent in parents] == before
                    spelled = [(*word, symbol) for word, after in zip(first, family, strict=True) for symbol in after]
                    assert len(children) == len(spelled)
                    for word, child in zip(spelled, children, strict=True):
                        slow = states
                        for symbol in word:
                            slow = teacher.advance(slow, rows, np.full(5, symbol))
                        expected = teacher.read(slow)
                        atol = case.tolerance * np.abs(expected).max()
                        np.testing.assert_allclose(teacher.read(child), expected, rtol=0, atol=atol)
                        again = teacher.advance(child, rows, np.full(5, 1))
                        expected = teacher.read(teacher.advance(slow, rows, np.full(5, 1)))
                        np.testing.assert_allclose(teacher.read(again), expected, rtol=0, atol=atol)
                    parents, first = children, spelled
                assert list(teacher.branch([states], [[]])) == []


@pytest.mark.parametrize("encoding", [PLAIN, MARKED])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@torch.inference_mode()
def test_the_module_itself_answers_as_its_cells_do(cell, bidirectional, encoding):
    """The module is what is trained."""
    network = spread(RecurrentNetwork(RecurrentSpec(cell, TOKENS, 5, (4, 2), 2, bidirectional, 3)))
    truth = recurrent_truth(network, encoding)
    for length in (0, 1, 4):
        words = [word for word in words_up_to(LETTERS, length) if len(word) == length][:9]
        scores = network(torch.from_numpy(encoding.tokens(words))).numpy()
        np.testing.assert_allclose(scores, [truth(word) for word in words], rtol=0, atol=1e-11 * np.abs(scores).max())


@torch.inference_mode()
def test_scores_after_each_token_are_those_of_the_prefixes():
    network = spread(RecurrentNetwork(RecurrentSpec("lstm", TOKENS, 5, (4, 2), 2)))
    tokens = torch.tensor([[0, 3, 6, 1, 1], [5, 5, 2, 0, 4]])
    each = network.forward_each(tokens)
    for length in range(1, 6):
        torch.testing.assert_close(each[:, length - 1], network(tokens[:, :length]), rtol=0, atol=1e-12)


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


def test_the_specification_reads_well():
    assert str(RecurrentSpec("gru", 3, 50, (1,), 2)) == "GRU, 2 layers of 50, one-hot input"
    wide = RecurrentSpec("rnn", 3, 5, (4, 1), bidirectional=True, embedding=2)
    assert str(wide) == "bidirectional RNN, 1 layer of 5, embedding of 2, 2 affine layers"
    assert wide.width == 1
