"""The part of the report page that explains words: what letters do to the network's answers; the page computes the others."""

from __future__ import annotations

from typing import Any

import numpy as np

from nerode.domains import domain_of
from nerode.eval.explanations import agreement, explain
from nerode.eval.page.amounts import Amounts
from nerode.eval.page.described import Function, is_evaluated
from nerode.protocols import Teacher
from nerode.words import Word, Words

LONGEST = 20  # letters of words whose letters are explained
CHANGES = 50_000  # changed words that are asked about for that


def explained(
    automaton: Function, teacher: Teacher, words: Words, amounts: Amounts, seed: int
) -> tuple[dict[str, Any], list[Word]]:
    """Return the effects of letters on the answers of the network, how far both agree, and the words that are explained.

    The effects on the answers of what a page cannot evaluate are with those of the network.
    """
    short = _short(words, teacher, amounts)
    found = explain(automaton, teacher, short)
    told = [{"word": list(word), "network": one.teacher.to_json()} for word, one in zip(short, found, strict=True)]
    if not is_evaluated(automaton):
        told = [{**each, "student": one.student.to_json()} for each, one in zip(told, found, strict=True)]
    agreed = agreement(found, np.random.default_rng(seed)).to_json() if found else None
    return {"explanations": told, "agreement": agreed}, short


def places(teacher: Teacher) -> list[list[int]] | None:
    """Return the letters that have stood at each place, where all words have one length; otherwise None."""
    domain = domain_of(teacher)
    return None if domain is None else [domain.letters_at(k) for k in range(domain.length)]


def _short(words: Words, teacher: Teacher, amounts: Amounts) -> list[Word]:
    """Short words: each letter is replaced by all others, so large alphabets allow few."""
    room, domain = int(CHANGES * amounts.explained / Amounts().explained), domain_of(teacher)
    chosen: list[Word] = []
    for word in words:
        changes = len(word) * (len(teacher.alphabet) + 2)
        fits = 0 < len(word) <= LONGEST and (domain is None or (len(word) == domain.length and domain.unread(word) is None))
        if fits and changes <= room and len(chosen) < amounts.explained:
            room -= changes
            chosen.append(word)
    return chosen
