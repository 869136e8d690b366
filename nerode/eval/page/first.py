"""The word that is traced when a page opens."""

from __future__ import annotations

import numpy as np

from nerode.domains import domain_of
from nerode.eval.worth import along
from nerode.links import CLASSIFIER, LANGUAGE_MODEL
from nerode.protocols import Teacher
from nerode.words import Word, Words

SHORT = 8  # letters, at most
FEW, MANY = 4, 20  # letters of words of language models, at least and at most, where there are such


def first_word(teacher: Teacher, words: Words) -> Word:
    """Return the longest of the short words, of class 1 if there is one; of a language model the likeliest of a few letters.

    Where words have one length, it is the first of that length, if there is one.

    Parameters
    ----------
    words : whose letters are explained, and those on which an automaton errs, which a model may take to be next to impossible
    """
    domain = domain_of(teacher)
    whole = [word for word in words if domain is not None and len(word) == domain.length]
    if whole:
        return whole[0]
    short: list[Word] = sorted((word for word in words if 0 < len(word) <= SHORT), key=len)
    if teacher.link.task == LANGUAGE_MODEL:
        return _likeliest(teacher, [word for word in words if FEW <= len(word) <= MANY] or short)
    if not short:
        return ()
    good = np.flatnonzero(teacher.link.labels(teacher.scores(short)) == 1).tolist() if teacher.link.task == CLASSIFIER else []
    return short[good[-1]] if good else short[-1]


def _likeliest(teacher: Teacher, words: Words) -> Word:
    """Return the word whose letters are likeliest, the first of several; ε where there is none."""
    if not words:
        return ()
    _, logs, offsets = along(teacher, words)
    assert logs is not None  # as the teacher is a language model
    return words[int(np.nan_to_num(logs[offsets[1:] - 1], nan=-np.inf).argmax())]
