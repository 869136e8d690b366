"""Torch modules in memory: recognised and proved, or asked whole words."""

import numpy as np
import pytest
import torch
from models.torch_models import LETTERS, MODELS, MeanPooling, answers, made
from torch import nn

import nerode
from nerode.errors import InputError
from nerode.functions import FunctionTeacher
from nerode.links import Binary, Multiclass, NextSymbol
from nerode.protocols import SteppingTeacher, TwoWayTeacher

OPTIONS = {
    "tied language model": {"start": 0, "end": 5, "tokens": [1, 2, 3, 4]},
    "character LSTM": {"gives": "probabilities"},
    "DataParallel": {"gives": "probabilities"},
}


def scores_of(name, numbers):
    """The scores that the answers of a model come from, up to a constant for each word."""
    if name == "tied language model":
        return numbers[:, [1, 2, 3, 4, 5, 0]]
    if name == "stacked relu":
        return np.log(numbers) - np.log1p(-numbers)
    if numbers.shape[1] == 2:
        return numbers[:, 1:] - numbers[:, :1]
    return np.log(numbers) if (numbers >= 0).all() else numbers


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.sampled(4)
def test_a_recurrent_module_is_recognised_and_keeps_states(name):
    module = made(name)
    teacher = nerode.teacher(module, LETTERS, **OPTIONS.get(name, {}))
    assert isinstance(teacher, SteppingTeacher | TwoWayTeacher)
    words, numbers = answers(name, module, 200)
    truth, scores = scores_of(name, np.array(numbers)), teacher.scores([tuple(word) for word in words])
    if scores.shape[1] > 1 and name != "tied language model":  # a softmax hides a constant
        truth, scores = (part - part.mean(axis=1, keepdims=True) for part in (truth, scores))
    np.testing.assert_allclose(scores, truth, rtol=0, atol=3e-5 * max(1.0, np.abs(truth).max()))
    assert teacher.told.startswith("The module is read as ")


class Cells(nn.Module):
    """A loop over cells, written by hand."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(3, 4)
        self.cell = nn.GRUCell(4, 7)
        self.out = nn.Linear(7, 1)

    def forward(self, tokens):
        state = torch.zeros(len(tokens), 7)
        for place in range(tokens.shape[1]):
            state = self.cell(self.table(tokens[:, place]), state)
        return self.out(state)


def test_cells_in_a_loop_are_recognised():
    teacher = nerode.teacher(Cells(), "abc")
    assert isinstance(teacher, SteppingTeacher)
    assert isinstance(teacher.link, Binary)


class Residual(MeanPooling):
    """No plain stack: the embedding is added to the outputs."""

    def forward(self, tokens):
        embedded = self.emb(tokens.T)
        outputs, _ = self.gru(embedded)
        return self.out(outputs.mean(0)) + embedded.sum(0).sum(1, keepdim=True)


class Attention(nn.Module):
    """A transformer's encoder; ε gives no number."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(len(LETTERS), 8)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 1)
        self.out = nn.Linear(8, 3)

    def forward(self, tokens):
        return self.out(self.encoder(self.emb(tokens)).mean(1))


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Residual, "it is no plain stack of its layers"),
        (Attention, "a transformer keeps states only where it is causal and words begin with a marker"),
    ],
)
def test_another_module_is_asked_whole_words(make, reason):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        module = make().eval()
    teacher = nerode.teacher(module, LETTERS)
    assert isinstance(teacher, FunctionTeacher)
    assert isinstance(teacher.link, Multiclass)
    assert teacher.told.startswith(f"The module is asked whole words, since {reason}")
    words = [(0, 1), (2,), (3, 3, 3, 0), (1, 0)]
    with torch.inference_mode():
        truth = [module(torch.tensor([word]))[0].tolist() for word in words]
    np.testing.assert_allclose(teacher.scores(words), truth, rtol=0, atol=1e-5)
    letters = teacher.scores([(letter,) for letter in range(len(LETTERS))])
    np.testing.assert_allclose(teacher.scores([()])[0], letters.mean(axis=0), rtol=0, atol=1e-5)
    assert "cannot read the empty word" in teacher.told


class AttentionModel(Attention):
    """A language model with start 4 and end 5."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(len(LETTERS) + 2, 8)
        self.out = nn.Linear(8, len(LETTERS) + 2)

    def forward(self, tokens):
        mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1])
        return self.out(self.encoder(self.emb(tokens), mask=mask, is_causal=True))


@pytest.mark.filterwarnings("ignore:enable_nested_tensor")
def test_a_language_model_that_is_not_recurrent_is_asked_for_letters_and_end():
    module = AttentionModel().eval()
    teacher = nerode.teacher(module, LETTERS, start=4, end=5, tokens=[0, 1, 2, 3])
    assert isinstance(teacher.link, NextSymbol)
    assert isinstance(teacher, SteppingTeacher)
    with torch.inference_mode():
        expected = torch.log_softmax(module(torch.tensor([[4, 2, 1]]))[0, -1], 0)[[0, 1, 2, 3, 5]].numpy()
    np.testing.assert_allclose(teacher.link.log_probabilities(teacher.scores([(2, 1)]))[0], expected, atol=1e-5)


class Positions(AttentionModel):
    """With learned positions, in one of the ways to build it."""

    def __init__(self, **settings):
        super().__init__()
        self.pos = nn.Embedding(20, 8)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, **settings), 2, nn.LayerNorm(8), enable_nested_tensor=False
        )

    def forward(self, tokens):
        mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1])
        hidden = self.emb(tokens) * 8**0.5 + self.pos(torch.arange(tokens.shape[1]))
        return self.out(self.encoder(hidden, mask=mask, is_causal=True))


@pytest.mark.parametrize("settings", [{}, {"norm_first": True, "activation": "gelu"}, {"bias": False}], ids=str)
def test_a_causal_transformer_of_torch_keeps_keys_and_values(settings):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        module = Positions(**settings)
    module.eval()
    teacher = nerode.teacher(module, LETTERS, start=4, end=5, tokens=[0, 1, 2, 3])
    assert isinstance(teacher, SteppingTeacher)
    words = [(), (2, 1), (3,) * 19]
    with torch.inference_mode():
        truth = [module(torch.tensor([[4, *word]]))[0, -1][[0, 1, 2, 3, 5, 4]].tolist() for word in words]
    np.testing.assert_allclose(teacher.scores(words), truth, rtol=0, atol=1e-5)
    with pytest.raises(InputError, match="reads at most 20 tokens"):
        teacher.scores([(0,) * 20])


def test_a_transformer_without_a_mask_is_asked_whole_words():
    class Unmasked(Positions):
        def forward(self, tokens):
            return self.out(self.encoder(self.emb(tokens) + self.pos(torch.arange(tokens.shape[1]))))

    teacher = nerode.teacher(Unmasked(), LETTERS, start=4, end=5, tokens=[0, 1, 2, 3])
    assert isinstance(teacher, FunctionTeacher)
    assert "no causal transformer that is read out at the last token" in teacher.told


def test_the_input_can_be_made_by_a_function():
    module = made("deep")
    teacher = nerode.teacher(module, "xyzw", encode=lambda words: torch.tensor(words))
    assert isinstance(teacher, FunctionTeacher)
    assert "what encode makes of words is not known" in teacher.told
    same = nerode.teacher(module, "xyzw")
    np.testing.assert_allclose(teacher.scores(["xyz", "w"]), same.scores(["xyz", "w"]), atol=1e-5)
