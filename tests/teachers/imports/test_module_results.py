"""Of several results of a module in memory one is taken, and told."""

import numpy as np
import pytest
import torch
from torch import nn

import nerode


class Several(nn.Module):
    """Two read-outs of one recurrent layer, returned in some form."""

    def __init__(self, form):
        super().__init__()
        self.table, self.cells = nn.Embedding(3, 4), nn.GRU(4, 6, batch_first=True)
        self.lengths, self.classes = nn.Linear(6, 4), nn.Linear(6, 3)
        self.form = form

    def forward(self, tokens):
        _, state = self.cells(self.table(tokens))
        return self.form(self.lengths(state[-1]), self.classes(state[-1]))


@pytest.mark.parametrize(
    ("form", "told", "taken"),
    [
        (lambda a, b: (a, b), "It returns 2 results, of which the first is taken.", 0),
        (lambda a, b: [(b, a), a], "It returns 2 results, of which the first is taken.", 1),
        (lambda a, b: {"lengths": a, "classes": b}, "Of its results 'lengths' is taken.", 0),
        (lambda a, b: {"lengths": a, "logits": b}, "Of its results 'logits' is taken.", 1),
        (lambda a, b: (a,), "", 0),
    ],
)
def test_which_of_several_results_is_taken_is_told(form, told, taken):
    torch.manual_seed(0)
    module = Several(form)
    teacher = nerode.teacher(module, "abc")
    assert told in teacher.told if told else "taken. " not in teacher.told
    words = [(0,), (1, 2, 0), (2, 2, 1, 0, 1)]
    module.form = lambda a, b: (a, b)[taken]
    with torch.no_grad():
        expected = np.concatenate([module(torch.tensor([word])).numpy() for word in words])
    np.testing.assert_allclose(teacher.scores(words), expected, atol=1e-5)
