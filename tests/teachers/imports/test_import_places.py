"""`nerode import`: which module reads what another gives, where weights may stand, and weights that belong nowhere."""

import pytest
import torch
from models.torch_models import made
from shell_imports import imported, scores_agree, write_answers

from nerode.teachers.checkpoints import load_model


def with_more(state, at, more):
    """The state with more weights before the first whose name begins with `at`."""
    names = list(state)
    place = next(i for i, name in enumerate(names) if name.startswith(at))
    return {name: {**state, **more}[name] for name in [*names[:place], *more, *names[place:]]}


@pytest.mark.parametrize(
    ("at", "more", "said"),
    [
        ("emb", {"places.weight": torch.ones(50, 6)}, "no recurrent network of nerode has: places.weight"),
        ("out", {"attention.weight": torch.ones(1, 20)}, "do not fit behind"),
        ("gru.bias_hh_l0_reverse", {"norm.weight": torch.ones(20)}, "between the recurrent ones are not read: norm"),
        ("out", {"symmetric_emb": torch.ones(2, 2)}, "no recurrent network of nerode has: symmetric_emb"),
        ("out", {"out2.weight": torch.ones(2, 3, dtype=torch.int64)}, "of the type int64, not real numbers"),
    ],
)
def test_weights_that_belong_nowhere_are_refused(capsys, tmp_path, at, more, said):
    refused = imported(tmp_path, with_more(made("mean pooling").state_dict(), at, more), capsys=capsys)
    assert refused.code == 2
    assert said in refused.err


def pair(width, first, second, taken, both=False):
    """The weights of two modules that take as many numbers each, and of a read-out."""
    left, right = (torch.nn.GRU(width, units, bidirectional=both).state_dict() for units in (first, second))
    state = {"emb.weight": torch.ones(4, width)}
    state |= {f"{name}.{key}": weights for name, part in (("left", left), ("right", right)) for key, weights in part.items()}
    return state | {"out.weight": torch.ones(2, taken), "out.bias": torch.ones(2)}


@pytest.mark.parametrize("sizes", [(3, 6, 6, 12), (3, 6, 6, 6), (6, 6, 6, 12), (6, 6, 5, 11), (4, 6, 3, 9), (6, 3, 3, 12, True)])
def test_modules_side_by_side_are_refused_where_widths_show_them(capsys, tmp_path, sizes):
    refused = imported(tmp_path, pair(*sizes), capsys=capsys)
    assert refused.code == 2
    assert "the recurrent modules left, right read the same input side by side" in refused.err


@pytest.mark.parametrize("sizes", [(6, 6, 6, 6), (6, 6, 5, 5), (6, 3, 3, 6, True)])
def test_modules_are_read_one_after_the_other_where_widths_allow_it(capsys, tmp_path, sizes):
    done = imported(tmp_path, pair(*sizes), capsys=capsys)
    assert done.code == 0
    assert "one after the other, not side by side: left, right" in done.out


def test_modules_that_fit_neither_way_are_refused(capsys, tmp_path):
    wrong = pair(3, 6, 6, 6) | {f"right.{key}": part for key, part in torch.nn.GRU(5, 6).state_dict().items()}
    assert "do not follow each other" in imported(tmp_path, wrong, capsys=capsys).err


class BatchNorms(torch.nn.Module):
    def __init__(self, function_first):
        super().__init__()
        self.emb = torch.nn.Embedding(4, 3)
        self.rnn = torch.nn.GRU(3, 7, batch_first=True)
        self.one, self.norm, self.two = torch.nn.Linear(7, 6), torch.nn.BatchNorm1d(6), torch.nn.Linear(6, 3)
        self.function_first = function_first

    def forward(self, tokens):
        inner = self.one(self.rnn(self.emb(tokens))[0][:, -1])
        return self.two(self.norm(inner.relu()) if self.function_first else self.norm(inner).relu())


@pytest.mark.parametrize("function_first", [False, True])
def test_batch_norms_stand_before_or_behind_a_function(capsys, tmp_path, function_first):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        module = BatchNorms(function_first)
        module(torch.randint(4, (50, 7)))  # running means
    module.eval()
    words = [[0, 1, 2], [3, 3], [1], [2, 0, 1, 3, 3, 1]]
    with torch.inference_mode():
        numbers = [module(torch.tensor([word]))[0].tolist() for word in words]
    check = write_answers(tmp_path / "answers.tsv", words, numbers)
    assert imported(tmp_path, module.state_dict(), "--check", check, capsys=capsys).code == 0
    assert scores_agree("", load_model(tmp_path / "own"), words, numbers)
