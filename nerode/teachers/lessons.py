"""Words of a known language to train a network on, and words to hold out."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from numpy.random import Generator

from nerode.links import NextSymbol
from nerode.protocols import Teacher
from nerode.teachers.examples import Examples
from nerode.words import Words, all_words

SHORT_WORDS = 500  # number of the shortest words in the training words of a classifier
SHORT_HELD_OUT = 2000  # number of the shortest words in its held-out words


def lessons(
    language: Teacher,
    draw: Callable[[Generator, int, int], Words],
    count: int,
    longest: int,
    longest_held_out: int,
    rng: Generator,
) -> tuple[Examples, Examples]:
    """Draw training words and held-out words of a known language.

    For a classifier both also contain the shortest words, the held-out words more of them. Any error there would give an
    extracted automaton additional states.

    Held-out words that are longer than the training words show whether the network generalises, but they should be less than
    1.5 times as long. With lengths 20 and 28, recurrent networks learned the hardest of Tomita's languages (5 to 7) with every
    seed that was tried. With lengths 16 and 32 some did not.

    Parameters
    ----------
    language : a classifier with the correct labels, or a language model
    draw : `draw(rng, count, longest)` returns random words; for a classifier, each class must have a fair share
    count, longest : number and greatest length of the drawn training words; a quarter as many held-out words are drawn
    longest_held_out : greatest length of the drawn held-out words

    Returns
    -------
    training, held_out
    """
    drawn, held_out = draw(rng, count, longest), draw(rng, max(1, count // 4), longest_held_out)
    if isinstance(language.link, NextSymbol):
        return Examples(drawn), Examples(held_out)
    short = list(islice(all_words(len(language.alphabet), longest), SHORT_HELD_OUT))
    return _labelled(language, [*short[:SHORT_WORDS], *drawn]), _labelled(language, [*short, *held_out])


def _labelled(language: Teacher, words: Words) -> Examples:
    return Examples(words, language.link.labels(language.scores(words)))
