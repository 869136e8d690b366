"""Read-outs whose layers stand in another order than in the file, and layers with weight norm."""

import numpy as np
import pytest
import torch
from models.torch_models import LETTERS, text
from refusals import refusal
from safetensors.torch import save_file
from torch import nn

import nerode
from nerode.protocols import SteppingTeacher
from nerode.sampling import uniform_words
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.proof import Answers
from nerode.teachers.imports.weights import import_weights


class Net(nn.Module):
    """The mean of a GRU, an affine layer, GELU, a layer norm and another affine layer, declared in another order."""

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(8, 3)
        self.emb = nn.Embedding(len(LETTERS), 5)
        self.norm = nn.LayerNorm(8)
        self.dense = nn.Linear(8, 8)
        self.gru = nn.GRU(5, 8, batch_first=True)

    def forward(self, tokens):
        pooled = self.gru(self.emb(tokens))[0].mean(1)
        return self.last(self.norm(nn.functional.gelu(self.dense(pooled))))


def made(kind=Net):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        module = kind().eval()
        with torch.no_grad():
            for weights in module.parameters():
                weights.add_(torch.randn(weights.shape) * 0.4)
    return module


def truth(module, words):
    with torch.inference_mode():
        return np.array([module(torch.tensor([word]))[0].tolist() for word in words])


def words_of(seed):
    rng = np.random.default_rng(seed)
    return uniform_words(rng, len(LETTERS), rng.integers(1, 15, 40))


def proof_of(module):
    words = words_of(0)
    return Answers(tuple(map(text, words)), truth(module, words))


@pytest.mark.parametrize("name", ["own.pt", "own.safetensors"])
def test_answers_tell_the_order_of_layers_that_a_file_does_not_say(tmp_path, name):
    module = made()
    (save_file if name.endswith("safetensors") else torch.save)(module.state_dict(), tmp_path / name)
    found = import_weights(tmp_path / name, Wanted(LETTERS), proof_of(module))
    assert "norm, last" in str(found.reading) or not found.reading.order
    assert not any("in this order" in said for said in found.assumed)
    np.testing.assert_allclose(found.model.teacher.scores(words_of(1)), truth(module, words_of(1)), rtol=0, atol=1e-5)


def test_an_order_that_is_not_proved_is_told(tmp_path):
    torch.save(made().state_dict(), tmp_path / "own.pt")
    assumed = import_weights(tmp_path / "own.pt", Wanted(LETTERS, activation=("gelu",))).assumed
    assert any("the layers follow each other in this order: norm, dense, last" in said for said in assumed)


def test_many_layers_of_one_width_that_do_not_fit_are_refused_at_once(tmp_path):
    state = dict(made().state_dict())
    state |= {f"more{i}.weight": torch.ones(8, 8) for i in range(30)} | {f"more{i}.bias": torch.ones(8) for i in range(30)}
    state |= {"odd.weight": torch.ones(2, 9), "odd.bias": torch.ones(2)}
    torch.save(state, tmp_path / "own.pt")
    assert "do not fit behind" in refusal(tmp_path / "own.pt", Wanted(LETTERS))


def test_attention_is_named(tmp_path):
    state = {f"a.{name}": tensor for name, tensor in nn.GRU(4, 8).state_dict().items()}
    state |= {
        "attn.weight": torch.ones(1, 8),
        "attn.bias": torch.ones(1),
        "fc.weight": torch.ones(2, 8),
        "fc.bias": torch.ones(2),
    }
    torch.save(state, tmp_path / "own.pt")
    assert "attn has one output and looks like attention over the word" in refusal(tmp_path / "own.pt", Wanted(LETTERS))


class Normed(nn.Module):
    """Weight norm on the read-out and on the recurrent weights."""

    def __init__(self, norm):
        super().__init__()
        self.emb = nn.Embedding(len(LETTERS), 5)
        self.gru = norm(nn.GRU(5, 8, batch_first=True), "weight_hh_l0")
        self.fc = norm(nn.Linear(8, 3))

    def forward(self, tokens):
        return self.fc(self.gru(self.emb(tokens))[0][:, -1])


@pytest.mark.filterwarnings("ignore")  # torch deprecates the older one
@pytest.mark.parametrize("norm", [nn.utils.parametrizations.weight_norm, nn.utils.weight_norm], ids=["new", "old"])
def test_weight_norm_is_computed(tmp_path, norm):
    module = made(lambda: Normed(norm))
    torch.save(module.state_dict(), tmp_path / "own.pt")
    found = import_weights(tmp_path / "own.pt", Wanted(LETTERS))
    np.testing.assert_allclose(found.model.teacher.scores(words_of(1)), truth(module, words_of(1)), rtol=0, atol=1e-5)
    teacher = nerode.teacher(module, LETTERS, gives="scores")
    assert isinstance(teacher, SteppingTeacher)
    np.testing.assert_allclose(teacher.scores(words_of(1)), truth(module, words_of(1)), rtol=0, atol=1e-5)
