"""A language model as a classifier: it accepts the words that it takes to be possible."""

from __future__ import annotations

import math

import numpy as np

from nerode.checking import checked
from nerode.errors import InputError
from nerode.links import Binary, Link, NextSymbol
from nerode.protocols import Described, States, Teacher, Wrapper, longest_of
from nerode.sampling import mutate, read_by_steps, sample_words
from nerode.stepping import prefix_scores, scores_by_stepping
from nerode.teachers.ensemble import LEAST
from nerode.words import FloatArray, IntArray, RealArray, Word, Words

DRAWN, LONGEST = 500, 100  # words that the model draws to choose a bound, and their letters at most
PORTION = 50  # of them, whose scores are in memory at a time
FEWEST, PATIENCE = 20, 20.0  # words of a slow model at least, and seconds that it may take for them
SMALLEST = 0.001
BOUNDS = np.log(np.geomspace(SMALLEST, 0.2, 60))  # logarithms of the bounds that are tried
NEAR = 2.0  # a factor: a probability is near a bound if it is larger or smaller by less
ALIKE, FEW = 1.1, 1e-3  # as empty as the emptiest place is one with at most so many times the letters, and so many more, near it
POSSIBLE = 0.5  # of these words at least are possible
CROWDED = 0.5  # letters near a bound for each prefix, from which on it lies in no gap
NO_GAP = (
    "No gap was found between letters that can follow and others, so that the language of this model means little; the methods "
    "pdfa and spectral learn its probabilities."
)


def possible_words(model: Teacher, least: float | None = None, seed: int = 0) -> PossibleWords:
    """Return a language model as a classifier, which accepts the words that the model takes to be possible.

    Parameters
    ----------
    model : a language model
    least : a word is accepted if each of its letters, and its end, is more likely than this; None for a bound that lies in a gap
        between the probabilities of letters in words that the model draws; see `gap`. The questions for it are not counted
    seed : of these words

    Raises
    ------
    InputError : no language model, or no probability above 0 and below 1
    """
    model = checked(model)
    if least is not None:
        return PossibleWords(model, least)
    bound, near = gap(model, np.random.default_rng(seed))
    told = f"The bound lies where few letters are: {100 * near:.2g} in 100 places are within a factor of {NEAR:g} of it."
    return PossibleWords(model, bound, told if near <= CROWDED else NO_GAP)


def gap(model: Teacher, rng: np.random.Generator) -> tuple[float, float]:
    """Return a bound near which few letters are, and how many of them for each prefix of the words that the model draws.

    A model that knows what can follow gives these letters a large probability and the others a small one. Of the bounds that have
    the fewest letters near them it is the one in the middle, or, where there are several gaps, in the middle of the highest. Some
    letters lie below the bound, and at least half of the words are possible. Where no bound allows that, the smallest one is
    returned, and infinity.

    Raises
    ------
    InputError : no language model, or one whose words end but for those that are drawn
    """
    link, room, pace = language_model(model), longest_of(model), getattr(model, "pace", 0.0)
    cut = LONGEST if room is None else min(LONGEST, room)
    words = sample_words(rng, model, DRAWN if pace == 0 else int(np.clip(PATIENCE / (pace * cut), FEWEST, DRAWN)), cut)
    places, below, possible = 0, np.zeros((3, len(BOUNDS)), np.int64), np.zeros(len(BOUNDS), np.int64)
    for begin in range(0, len(words), PORTION):
        some = words[begin : begin + PORTION]
        scores, offsets = prefix_scores(model, some)
        logs = np.fmax(link.log_probabilities(scores), LEAST)
        places += len(logs)
        ordered = np.sort(logs if link.ends else logs[:, :-1], axis=None)
        below += np.searchsorted(ordered, BOUNDS + math.log(NEAR) * np.array([[-1], [0], [1]]))
        follows = np.array([symbol for word in some for symbol in (*word, link.letters)])
        which = logs[np.arange(len(logs)), follows]
        open_ended = np.array([not link.ends or len(word) == cut for word in some])
        which[offsets[1:][open_ended] - 1] = 0.0  # what was cut may go on
        possible += (np.minimum.reduceat(which, offsets[:-1])[:, None] > BOUNDS).sum(axis=0)
    if link.ends and all(len(word) == cut for word in words):
        raise InputError(f"no word that the model draws has ended after {cut} letters, so that none can be told to be possible")
    near = (below[2] - below[0]) / places
    allowed = (possible >= POSSIBLE * len(words)) & (below[1] >= FEW * places)
    if not allowed.any():
        return SMALLEST, math.inf
    crowded = ~allowed | (near > ALIKE * near[allowed].min() + FEW)
    last = int(np.flatnonzero(~crowded)[-1])
    first = int(np.flatnonzero(crowded[:last]).max(initial=-1)) + 1
    return float(f"{math.exp((BOUNDS[first] + BOUNDS[last]) / 2):.2g}"), float(near[allowed].min())


def language_model(teacher: Teacher) -> NextSymbol:
    """Return the link of a language model.

    Raises
    ------
    InputError : no language model
    """
    if not isinstance(teacher.link, NextSymbol):
        raise InputError(
            f"only a language model says what may follow, and so which words are possible; the task of this one is "
            f"{teacher.link.task!r}"
        )
    return teacher.link


class PossibleWords(Described, Wrapper):
    """Accepts a word if each of its letters, and its end, has a probability of more than `least` after what stands before it.

    The score of a word is the margin of the least likely of these: the logarithm of its probability less that of `least`. So one
    letter that is not expected rejects a word, however likely the others are. Of a model whose words do not end, the words are
    those that can be begun. Yellin and Weiss (TACAS 2021) read a language off a network that predicts letters in this way.

    It steps. It asks the model what follows each prefix; a model that keeps no states is asked about whole prefixes.

    Parameters
    ----------
    model : a language model
    least : a probability, above 0 and below 1
    chosen : how it was chosen, in sentences

    Raises
    ------
    InputError : no language model, or no such probability
    """

    def __init__(self, model: Teacher, least: float, chosen: str = "") -> None:
        model = checked(model)
        link = language_model(model)
        if isinstance(least, bool) or not isinstance(least, (int, float, np.floating)) or not 0 < least < 1:
            raise InputError(f"a word is possible where all its probabilities are above one between 0 and 1, not {least!r}")
        super().__init__(model)
        self._model, self._next, self._bound = read_by_steps(model), link, math.log(least)
        self.least, self._chosen = float(least), chosen

    @property
    def base(self) -> Teacher:
        """The language model."""
        return self._asked

    def of(self, base: Teacher) -> PossibleWords:
        """Return the same of another language model; see `Derived`."""
        return PossibleWords(base, self.least, self._chosen)

    @property
    def told(self) -> str:
        """What was assumed about the model, and when a word is accepted."""
        rule = (
            f"A word is accepted if each of its letters{', and its end,' * self._next.ends} is more likely than {self.least:g}."
        )
        return " ".join(filter(None, (super().told, rule, self._chosen)))

    @property
    def width(self) -> int:
        return 1

    @property
    def link(self) -> Link:
        return Binary()

    def scores(self, words: Words) -> FloatArray:
        """Return the margins (n, 1) of n words, in nats."""
        return scores_by_stepping(self, words)

    def start(self) -> States:
        """Return the state after ε: that of the model, the logarithm of the least probability so far, 0, and of what follows."""
        return self._with(self._model.start(), np.zeros(1))

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return states (n, …) with new[i] = step(states[parents[i]], symbols[i])."""
        *of_model, lowest, follows = states
        lowest = np.minimum(lowest[parents], follows[parents, symbols])
        return self._with(self._model.advance(tuple(of_model), parents, symbols), lowest)

    def read(self, states: States) -> RealArray:
        """Return the margins (n, 1) of the words that lead to the states."""
        *_, lowest, follows = states
        if self._next.ends:
            lowest = np.minimum(lowest, follows[:, self._next.letters])
        margins: FloatArray = lowest[:, None] - self._bound
        return margins

    def _with(self, of_model: States, lowest: FloatArray) -> States:
        """States of the model with these logarithms (n,) and those of what follows. All are finite, so that margins are."""
        follows = np.fmax(self._next.log_probabilities(self._model.read(of_model)), LEAST)
        return (*of_model, lowest, follows)

    def own_words(self, rng: np.random.Generator, count: int, longest: int) -> list[Word]:
        """Return `count` words: one half is drawn from the model, and the other half is drawn and then changed in few places.

        Words that have not ended after `longest` letters are cut there. Those of a model whose words do not end are all cut, at
        lengths that are uniform.
        """
        drawn = sample_words(rng, self._model, count, longest)
        if not self._next.ends:
            drawn = [word[:length] for word, length in zip(drawn, rng.integers(longest + 1, size=count).tolist(), strict=True)]
        half = (count + 1) // 2
        return drawn[:half] + [word[:longest] for word in mutate(rng, drawn[half:], self._next.letters)]
