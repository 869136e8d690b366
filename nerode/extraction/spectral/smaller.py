"""Smaller weighted automata from a learned one: it is cut in balanced coordinates, and each cut is fitted to it again.

Balanced truncation (`automata/truncation.py`) sums over all words and needs a finite norm. Here the second moments are those of
the states that sampled words pass, and of what is to come after them; they always exist. The learned automaton takes the place
of the teacher: it answers at once, and what it errs is little beside what a few states err.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np

from nerode.automata.distribution import Distribution
from nerode.automata.quantise import first_prefixes
from nerode.automata.sums import prefix_function, string_from_prefix
from nerode.automata.truncation import truncate
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.extraction.hankel.basis import frequent
from nerode.extraction.hankel.factorisation import by_frequency, factorise
from nerode.extraction.hankel.tables import HankelTable
from nerode.extraction.method import Task
from nerode.extraction.source import LONGEST_OF_MODEL
from nerode.extraction.spectral.balancing import balancing
from nerode.extraction.spectral.batches import Limits, Refine, backwards, make_batch, read
from nerode.extraction.spectral.refinement import RefinementSettings, refine
from nerode.extraction.spectral.settings import REFINEMENTS
from nerode.extraction.spectral.targets import TARGETS
from nerode.links import LANGUAGE_MODEL
from nerode.sampling import sample_words
from nerode.words import Words

FITTED_ON = 200_000  # prefixes of words that automata are fitted to
PORTIONS = 100_000  # words at most that these are prefixes of
CUT_ON = 50_000  # prefixes of words whose states say which directions matter
PREFIXES, SUFFIXES = 200, 100  # of the block of an automaton of probabilities
DRAWN = 4000  # words that these are cut from
COOLED = 0.95  # of a limit on time, by which refinement of the last has come to its end
STEPS = 2000  # of refinement; a few states need no more
RATE, LARGEST_RATE = 0.2, 0.02  # of refinement: a cut is farther from its goal than the automaton of a block


def smaller(task: Task, sizes: tuple[int, ...]) -> Iterator[WFA]:
    """Yield automata of so many states each, ascending, the cut first and then what refinement makes of it.

    Without refinement the cuts are all.
    """
    best, target, meter = task.ledger.best, TARGETS[task.settings.target], task.meter
    assert isinstance(best, WFA)
    if not target.refined:
        yield from _of_probabilities(task, best, sizes)
        return
    words = _words(task, best)
    fit = _briefly(REFINEMENTS[task.settings.refinement])
    for i, size in enumerate(sizes):
        meter.check()
        cut = reduced(best, first_prefixes(words, CUT_ON), size, task.rng)
        if cut is None:
            task.ledger.left_out.append("No smaller automata were made, since the states of this one overflow.")
            return
        yield cut
        if fit is not None:
            end = meter.time_spent + (COOLED - meter.time_spent) / (len(sizes) - i)
            limits, pace = Limits(most_scores=FITTED_ON), meter.stage(end)
            yield from fit(cut, target.function(best), [words], task.rng, meter.check, limits=limits, pace=pace)


def reduced(a: WFA, words: Words, states: int, rng: np.random.Generator) -> WFA | None:
    """Return the automaton cut to so many directions: those in which the states vary most with an effect on what follows.

    Parameters
    ----------
    words : the moments are means over their prefixes
    states : at most those of the automaton
    rng : for signs, by which the effects on all scores to come are added up; their squares are so in the mean

    Returns
    -------
    None where the states overflow, or where all scores are 0.
    """
    parameters = a.initial, a.transitions, a.final
    total = sum(len(word) + 1 for word in words)
    batch = make_batch(words, np.zeros((total, a.width)))
    with np.errstate(all="ignore"):
        passed = read(parameters, batch)  # (total, r)
        signs = rng.choice((-1.0, 1.0), size=(total, a.width))
        effects = backwards(parameters, batch, signs @ a.final.T)  # (total, r)
        coordinates = balancing(passed.T @ passed / total, effects.T @ effects / total)
    if coordinates is None:
        return None
    into, out = coordinates[0][:, :states], coordinates[1][:states]
    cut = a.initial @ into, out @ a.transitions @ into, out @ a.final
    return replace(a, initial=cut[0], transitions=cut[1], final=cut[2]) if all(np.isfinite(part).all() for part in cut) else None


def _of_probabilities(task: Task, a: WFA, sizes: tuple[int, ...]) -> Iterator[WFA]:
    """Automata of so many states for the probabilities of words: truncated ones, and those of a block as the method fills it.

    Either can be far better than the other, since numbers below 0 count as hardly any probability.
    """
    try:
        beginnings = prefix_function(a)
        prefixes, suffixes = frequent(sample_words(task.rng, Distribution(a), DRAWN, LONGEST_OF_MODEL), task.source.room)
    except (InputError, np.linalg.LinAlgError):
        task.ledger.left_out.append("No smaller automata were made, since the sums of this one are not finite.")
        return
    block = HankelTable(beginnings, suffixes=suffixes[:SUFFIXES]).block(prefixes[:PREFIXES])
    factorisation = factorise(block, a.states, by_frequency(block))
    for size in sizes:
        task.meter.check()
        with suppress(InputError):  # it has no norm
            yield truncate(a, size).automaton
        for ridge in TARGETS["probabilities"].settings.ridges:
            yield string_from_prefix(factorisation.automaton(min(size, factorisation.rank), ridge, a.alphabet, a.link))


def _words(task: Task, best: WFA) -> Words:
    """Words as the method refines on; a language model's are drawn from its automaton."""
    source = task.source.drawn_from(best) if best.link.task == LANGUAGE_MODEL else task.source
    words: list[tuple[int, ...]] = []
    left = FITTED_ON
    for portion in source.for_prefixes(PORTIONS):
        task.meter.check()
        words += portion
        left -= sum(len(word) + 1 for word in portion)
        if left <= 0:
            break
    return words


def _briefly(fit: Refine | None) -> Refine | None:
    """The same refinement, with fewer and larger steps where it takes steps."""
    if fit is not refine:
        return fit
    return partial(refine, settings=RefinementSettings(steps=STEPS, rate=RATE, largest_rate=LARGEST_RATE))
