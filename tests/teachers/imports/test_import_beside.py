"""Tensors beside the weights: counters, weights of classes, averages, masks. They are left aside and named, or proved away."""

import numpy as np
import pytest
import torch
from models.torch_models import LETTERS, answers, made, text
from shell import run
from torch import nn

import nerode
from nerode.errors import InputError
from nerode.functions import FunctionTeacher
from nerode.protocols import SteppingTeacher
from nerode.sampling import uniform_words
from nerode.teachers.checkpoints import load_model
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.proof import Answers
from nerode.teachers.imports.recognition import parts_of
from nerode.teachers.imports.transformers import transformer_of
from nerode.teachers.imports.weights import import_weights

NAME = "last valid state"
COUNT = {"steps": torch.tensor(7)}


def proof_of(module, change=lambda numbers: numbers, count=40):
    words, numbers = answers(NAME, module, count)
    return Answers(tuple(map(text, words)), change(np.array(numbers)))


def saved(tmp_path, more, first=False):
    module = made(NAME)
    state = module.state_dict()
    torch.save({**more, **state} if first else {**state, **more}, tmp_path / "own.pt")
    return module, tmp_path / "own.pt"


@pytest.mark.parametrize(
    "more",
    [
        COUNT,
        {"steps": torch.tensor(7), "class_weight": torch.ones(2), "running_acc": torch.tensor(0.5)},
        {"ce.weight": torch.tensor([1.0, 3.0])},
        {"position_ids": torch.arange(50)[None], "valid": torch.ones(9, 9, dtype=torch.bool)},
        {"lstm.seen": torch.tensor([3], dtype=torch.int32)},
    ],
    ids=lambda more: " ".join(more),
)
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.sampled(4)
def test_what_is_no_weight_is_left_aside_and_named(capsys, tmp_path, more, first):
    module, file = saved(tmp_path, more, first)
    done = run(capsys, "import", file, "--alphabet", LETTERS, "--out", tmp_path / "own")
    assert done.code == 0, done.err
    assert f"left aside: {', '.join(more)} (no weights of a layer)" in done.out
    words, numbers = answers(NAME, module, 50)
    scores = load_model(tmp_path / "own").teacher.scores([tuple(word) for word in words])
    truth = np.array(numbers)
    np.testing.assert_allclose(scores[:, 0], truth[:, 1] - truth[:, 0], atol=1e-5)


@pytest.mark.parametrize(
    "more", [{"h0": torch.ones(12)}, {"prior": torch.ones(2, 3)}, {"query": torch.ones(6)}, {"bn.running_mean": torch.ones(2)}]
)
@pytest.mark.sampled(2)
def test_what_may_take_part_needs_a_proof(tmp_path, more):
    module, file = saved(tmp_path, more)
    (name,) = more
    with pytest.raises(InputError, match=f"has: {name}; give --check FILE"):
        import_weights(file, Wanted(LETTERS))
    found = import_weights(file, Wanted(LETTERS), proof_of(module))
    assert found.aside == (name,)
    assert found.proof.holds
    with pytest.raises(InputError, match=f"; left aside were {name};"):  # if it does take part
        import_weights(file, Wanted(LETTERS), proof_of(module, lambda numbers: np.sin(40 * numbers)))


@pytest.mark.parametrize("name", ["fc2.weight", "fc2.qweight", "fc2.bias", "lstm.weight_ih_l1"])
def test_weights_in_whole_numbers_are_refused(tmp_path, name):
    _, file = saved(tmp_path, {name: torch.ones(2, 12, dtype=torch.int8)})
    with pytest.raises(InputError, match=f"the weights {name} are of the type int8"):
        import_weights(file, Wanted(LETTERS))


def test_a_norm_behind_the_outputs_is_not_taken_for_weights_of_classes():
    state = made(NAME).state_dict()
    for name in ("norm", "ln_f", "fc.3", "head.bn2"):
        with pytest.raises(InputError, match="no affine layer reads out"):
            parts_of({**state, f"{name}.weight": torch.ones(2)})


def test_a_unit_behind_one_output_is_not_taken_for_weights_of_classes():
    state = made(NAME).state_dict()
    state |= {"fc.weight": torch.ones(1, 12), "fc.bias": torch.ones(1), "prelu.weight": torch.ones(1)}
    with pytest.raises(InputError, match="no affine layer reads out"):
        parts_of(state)


class Causal(nn.Module):
    """Token 3 starts a word; the buffers are those of trainers."""

    def __init__(self):
        super().__init__()
        self.register_buffer("pos_ids", torch.arange(12)[None])
        self.register_buffer("class_weight", torch.ones(4))
        self.register_buffer("causal_mask", torch.ones(12, 12, dtype=torch.bool))
        self.wte, self.wpe = nn.Embedding(4, 8), nn.Embedding(12, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.lm_head = nn.Linear(8, 4, bias=False)

    def forward(self, tokens):
        length = tokens.shape[1]
        hidden = self.wte(tokens) + self.wpe(self.pos_ids[0, :length])
        mask = nn.Transformer.generate_square_subsequent_mask(length)
        return self.lm_head(self.encoder(hidden, mask=mask, is_causal=True))[:, -1]


@pytest.fixture
def causal():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return Causal().eval()


def asked(module, words):
    with torch.inference_mode():
        return np.array([module(torch.tensor([[3, *word]]))[0].tolist() for word in words])


def checked(module, change=lambda numbers: numbers):
    words = uniform_words(np.random.default_rng(0), 3, np.arange(80) % 11)
    return Answers(tuple("".join("abc"[i] for i in word) for word in words), change(asked(module, words)))


def test_buffers_of_a_transformer_are_left_aside(tmp_path, causal):
    torch.save(causal.state_dict(), tmp_path / "own.pt")
    wanted = Wanted("abc", start="3", task="classifier")
    found = import_weights(tmp_path / "own.pt", wanted, checked(causal))
    assert found.proof.holds
    assert found.aside == ("causal_mask", "pos_ids", "class_weight")
    words = uniform_words(np.random.default_rng(1), 3, np.arange(40) % 11)
    np.testing.assert_allclose(found.model.teacher.scores(words), asked(causal, words), atol=1e-5)
    with pytest.raises(
        InputError, match="left aside were causal_mask, pos_ids, class_weight; or the network computes more than is read"
    ):
        import_weights(tmp_path / "own.pt", wanted, checked(causal, lambda numbers: np.sin(40 * numbers)))


def test_of_a_transformer_only_what_does_not_fit_is_blamed(causal):
    state = causal.state_dict()
    with pytest.raises(InputError, match=r"is not known: conv\.weight$"):
        transformer_of({**state, "conv.weight": torch.ones(2, 3, 5)})
    with pytest.raises(InputError, match=r"is not known: wpe\.weight, pos\.weight$"):
        transformer_of({**state, "pos.weight": torch.ones(5, 8)})


class Counted(nn.Module):
    """A recurrent module with buffers of a trainer, and with a first state that may take part."""

    def __init__(self, takes_part):
        super().__init__()
        self.emb, self.gru, self.out = nn.Embedding(3, 5), nn.GRU(5, 6, batch_first=True), nn.Linear(6, 2)
        self.register_buffer("steps", torch.tensor(3))
        self.register_buffer("running_acc", torch.tensor(0.5))
        self.register_buffer("class_weight", torch.ones(2))
        self.register_buffer("h0", torch.full((1, 1, 6), 0.3))
        self.takes_part = takes_part

    def forward(self, tokens):
        first = self.h0.expand(1, len(tokens), 6).contiguous() if self.takes_part else None
        return self.out(self.gru(self.emb(tokens), first)[0][:, -1])


@pytest.mark.parametrize("takes_part", [False, True])
def test_buffers_of_a_module_do_not_keep_it_from_the_engine(takes_part):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        module = Counted(takes_part).eval()
    teacher = nerode.teacher(module, "abc")
    assert isinstance(teacher, FunctionTeacher if takes_part else SteppingTeacher)
    words = [(0, 1, 2), (2,), (1, 1, 0, 2)]
    with torch.inference_mode():
        truth = np.array([module(torch.tensor([word]))[0].tolist() for word in words])
    scores = teacher.scores(words)
    margins = truth[:, 1] - truth[:, 0]
    np.testing.assert_allclose(scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores[:, 0], margins, atol=1e-5)
    said = "Left aside: steps, running_acc, class_weight, h0 (no weights of a layer)."
    assert (said in teacher.told) != takes_part
