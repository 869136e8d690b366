"""Imports by the shell, files of answers, and whether scores agree with answers."""

import numpy as np
import torch
from models.torch_models import LETTERS, text
from scipy.special import log_softmax, softmax
from shell import run

from nerode.links import NextSymbol

FORMS = (lambda s: s, lambda s: softmax(s, 1), lambda s: log_softmax(s, 1), lambda s: 1 / (1 + np.exp(-s)))


def write_answers(file, words, numbers):
    lines = (f"{text(word)}\t{' '.join(map(repr, answer))}\n" for word, answer in zip(words, numbers, strict=True))
    file.write_text("".join(lines))
    return file


def scores_agree(name, loaded, words, numbers):
    """Whether the scores are the answers in one of the forms in which modules answer."""
    scores = loaded.teacher.scores([tuple(word) for word in words])
    numbers = np.array(numbers)
    if isinstance(loaded.link, NextSymbol):  # letters, end, start
        numbers = numbers[:, [1, 2, 3, 4, 5, 0]]
    if numbers.shape[1] == 2:
        numbers = numbers[:, 1:] - numbers[:, :1]
    return min(np.abs(form(scores) - numbers).max() for form in FORMS) <= 1e-5 * max(1.0, np.abs(numbers).max())


def imported(tmp_path, state, *options, capsys):
    torch.save(state, tmp_path / "own.pt")
    return run(capsys, "import", tmp_path / "own.pt", "--alphabet", LETTERS, *options, "--out", tmp_path / "own")
