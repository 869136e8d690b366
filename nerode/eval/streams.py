"""Streams: a teacher and a student learn together from labelled words that come in order, in windows that move on.

The words are cut into parts. Both networks learn from the parts of a window, and are judged on the part that comes next, which
nobody has seen (prequential: Gama, Sebastião, Rodrigues: On evaluating stream learning algorithms, 2013). Up to some window the
student learns from labels alone; from then on it also learns what the teacher answers by then. Beside it there is an arm with the
same weights and the same batches that never does. What they differ by is what switching on gains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.answers import in_order
from nerode.distillation.responses import Answers, Response
from nerode.errors import BudgetExhausted, InputError
from nerode.eval.streamed import ARMS, DONE, PARTS, WIDTH, WINDOWS, Streamed, StreamSettings
from nerode.extraction.arguments import check_seed
from nerode.extraction.meter import Meter
from nerode.extraction.reasons import INTERRUPTED
from nerode.links import Binary, Link, Multiclass
from nerode.teachers import distilling
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.distilling import Apprentice, NetworkStudent, scores_of
from nerode.teachers.examples import numbered
from nerode.words import Alphabet, FloatArray, IntArray, Word, Words

PASSES = 2  # over a window
BATCH = 32
LEAST = 4 * (PARTS + 1)  # words


@dataclass(frozen=True, eq=False)
class _Words:
    """The stream, for networks: words (n,) with labels (n,), cut into parts at `edges`."""

    alphabet: Alphabet
    words: list[Word]
    labels: IntArray
    link: Link
    classes: tuple[str, ...]
    edges: IntArray

    def part(self, first: int, last: int) -> slice:
        """Return the words of parts from the one up to the other."""
        return slice(int(self.edges[first]), int(self.edges[last]))


def stream(
    words: Iterable[Any],
    labels: Sequence[Any],
    *,
    alphabet: str | Iterable[str] | None = None,
    seeds: int = 5,
    seconds: float | None = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
    **settings: Any,
) -> Streamed:
    """Let a teacher and a student learn from a stream, with and without distillation.

    An interruption (Ctrl-C) ends it after the last seed that has all windows, or of the first seed after the last whole window.

    Parameters
    ----------
    words : in the order in which they come, as text or symbols
    labels : (n,), their classes
    alphabet : the symbols of the words; None for those that occur
    seeds : how many streams are run, each with other first weights and batches; five say how sure a gain is
    seconds : stop by then; None for no limit
    seed : the first of these
    settings : those of `StreamSettings`, by name

    Raises
    ------
    InputError : too few words, one class, architectures or numbers that are not known or out of range
    BudgetExhausted, KeyboardInterrupt : before the first window was done
    """
    if not isinstance(words, Iterable) or not isinstance(labels, Iterable):
        raise InputError("a stream is a list of words and a list of their labels, in the order in which they come")
    chosen = StreamSettings(**_known(settings))
    chosen.check()
    check_seed(seed)
    if type(seeds) is not int or seeds < 1:
        raise InputError(f"the number of seeds must be a whole number from 1 on, not {seeds!r}")
    if seconds is not None and not (isinstance(seconds, int | float) and seconds > 0):
        raise InputError(f"the limit on seconds must be a number above 0, not {seconds!r}")
    taken = _cut(words, labels, alphabet)
    meter, reason = Meter(seconds), DONE
    found: list[list[tuple[float, ...]]] = []
    network: NetworkStudent | None = None
    try:
        for number in range(seeds):
            found.append([])
            for done, student in _windows(taken, chosen, seed + number, meter):
                found[-1].append(done)
                network = student if number == 0 else network
                progress(f"seed {number + 1} of {seeds}, window {len(found[-1])} of {WINDOWS}")
    except (BudgetExhausted, KeyboardInterrupt) as end:
        reason = INTERRUPTED if isinstance(end, KeyboardInterrupt) else "time"
        if not found or not found[0]:
            raise
    whole = [curves for curves in found if len(curves) == WINDOWS] or found[:1]
    table = np.array(whole)  # (seeds, windows, arms)
    assert network is not None
    curves = {name: table[:, :, arm] for arm, name in enumerate(ARMS)}
    majority = np.array([_majority(taken, window) for window in range(table.shape[1])])
    return Streamed(chosen, curves, majority, len(taken.words), taken.classes, reason, network, seeds)


def _windows(
    taken: _Words, chosen: StreamSettings, seed: int, meter: Meter
) -> Iterator[tuple[tuple[float, ...], NetworkStudent]]:
    """Yield after each window the accuracies of teacher and both arms on the next part, and the student that was taught."""

    teacher, on = (
        _begun(taken, architecture, hidden, np.random.default_rng([seed, which]))
        for which, (architecture, hidden) in enumerate(((chosen.teacher, chosen.hidden), (chosen.student, chosen.student_hidden)))
    )
    off = on
    for window in range(WINDOWS):
        part, later = taken.part(window, window + WIDTH), taken.part(window + WIDTH, window + WIDTH + 1)
        if window + 1 == chosen.start:
            off = deepcopy(on)
        learn = _learning(taken, part, [seed, 2, window], meter)
        learn(teacher, None, Response(1.0))
        if window + 1 >= chosen.start:
            learn(on, teacher, Response(chosen.alpha, chosen.temperature))
        if window + 1 < chosen.start or off is not on:
            learn(off, None, Response(1.0))
        accuracies = tuple(_accuracy(taken, learner, later) for learner in (teacher, on, off))
        yield accuracies, distilling.student_of(on, taken.alphabet, taken.link)


def _learning(taken: _Words, part: slice, seed: list[int], meter: Meter) -> Callable[..., None]:
    """What lets a network learn from a window, with the same batches for each network."""

    words, labels = taken.words[part], taken.labels[part]
    lesson = numbered(taken.alphabet, words, each=False)

    def learn(learner: Apprentice, teacher: Apprentice | None, response: Response) -> None:
        scores = np.zeros((len(words), len(learner.scale)))
        answers = Answers(scores if teacher is None else _scores(taken, teacher, words), labels)

        def slope(said: FloatArray, numbers: IntArray) -> FloatArray:
            return response(taken.link, said, answers[numbers])[1]

        rng = np.random.default_rng(seed)
        for _ in range(PASSES):
            distilling.taught(learner, lesson, slope, lambda letters: meter.check(), rng)

    return learn


def _begun(taken: _Words, architecture: str, hidden: int, rng: np.random.Generator) -> Apprentice:

    lengths = {len(word) for word in taken.words}
    length = lengths.pop() if len(lengths) == 1 else None
    width = 1 if isinstance(taken.link, Binary) else len(taken.classes)
    heads = 2 if hidden % 2 == 0 else 1
    shape = TrainingSettings(architecture, hidden, heads=heads, batch=BATCH, length=length or None)
    return distilling.apprentice(shape, taken.alphabet, np.ones(width), np.zeros(width), rng)


def _scores(taken: _Words, learner: Apprentice, words: Words) -> FloatArray:
    """What a network says now (n, width)."""

    return scores_of(learner.network, numbered(taken.alphabet, words, each=False))


def _accuracy(taken: _Words, learner: Apprentice, part: slice) -> float:
    return float((taken.link.labels(_scores(taken, learner, taken.words[part])) == taken.labels[part]).mean())


def _majority(taken: _Words, window: int) -> float:
    seen, later = (taken.labels[taken.part(*ends)] for ends in ((window, window + WIDTH), (window + WIDTH, window + WIDTH + 1)))
    return float((later == np.bincount(seen).argmax()).mean())


def _cut(words: Iterable[Any], labels: Sequence[Any], alphabet: str | Iterable[str] | None) -> _Words:
    given, names = [word if isinstance(word, str) else tuple(word) for word in words], list(map(str, labels))
    if len(given) != len(names):
        raise InputError(f"each word of a stream has a label; there are {len(given)} words and {len(names)} labels")
    if len(given) < LEAST:
        raise InputError(
            f"a stream is cut into {PARTS + 1} parts of some words each; give {LEAST} words or more, not {len(given)}"
        )
    classes = in_order(set(names))
    if len(classes) < 2:
        raise InputError(f"all words of the stream have the label {names[0]!r}; give words of two classes or more")
    known = Alphabet(tuple(alphabet) if alphabet is not None else tuple(sorted({letter for word in given for letter in word})))
    index = {name: i for i, name in enumerate(classes)}
    numbers = np.array([index[name] for name in names], np.int64)
    edges = np.linspace(0, len(given), PARTS + 2).astype(np.int64)
    return _Words(known, known.words(given), numbers, Binary() if len(classes) == 2 else Multiclass(), classes, edges)


def _known(settings: dict[str, Any]) -> dict[str, Any]:
    known = list(StreamSettings.__dataclass_fields__)
    if unknown := [name for name in settings if name not in known]:
        raise InputError(f"there is no setting {unknown[0]!r} of a stream; there are {', '.join(known)}")
    return settings
