"""A network made smaller in several ways, one after the other, with what each step costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from math import inf
from pathlib import Path
from typing import Any, Literal

import numpy as np

from nerode.compression.neurons import spared
from nerode.compression.results import ORIGINAL, Shrunk, judged, measure_of, unjudged
from nerode.compression.task import Lesson, ShrinkSettings, Task, rare
from nerode.compression.ways import WAYS, check_chain
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.arguments import check_seed
from nerode.extraction.budget import metered
from nerode.extraction.held_out import HeldOut
from nerode.extraction.loop import SECONDS
from nerode.extraction.meter import Meter
from nerode.extraction.progress import Progress
from nerode.extraction.reasons import INTERRUPTED
from nerode.extraction.source import WordSource
from nerode.links import CLASSIFIER
from nerode.protocols import longest_of
from nerode.teachers import shrinking
from nerode.teachers.checkpoints import load_model
from nerode.teachers.model import TrainedModel
from nerode.words import Word

FRESH, HELD_OUT = 2000, 2000  # words to judge with, and to choose by
RARE = 0.05  # of the words of other classes than the most frequent: fewer say little of these
LONGEST = 20  # letters of the words that are drawn
DONE = "done"


def shrink(
    network: Any,
    by: Sequence[str] = ("neurons",),
    *,
    seconds: float | Literal["auto"] | None = "auto",
    effort: float | None = None,
    words: Iterable[Any] | None = None,
    labels: Mapping[Any, int] | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
    **settings: Any,
) -> Shrunk:
    """Make a network smaller.

    An interruption (Ctrl-C) ends it, and the smallest good network so far is handed back.

    Parameters
    ----------
    network : the path of a checkpoint, what `load_teacher` makes of one, or a student that is a network
    by : ways of WAYS, one after the other: "neurons", then "magnitude", then one of "shared", "int8", "int4" and
        "int8-activations"
    seconds, effort : limits, as those of `extract`; ways that learn share them
    words : like those that matter; a fifth of the different ones is kept to judge with. None for words that are drawn
    labels : the true ones by word, to judge with; of classifiers
    seed : the same seed gives the same network, unless a limit on time cuts a stage short: give an effort for that
    settings : those of `ShrinkSettings`, by name

    Raises
    ------
    InputError : a network that cannot be made smaller, ways that cannot follow each other, numbers out of range, too few words
    BudgetExhausted : the limit did not even suffice to ask the network
    """
    check_chain(by, settings)
    check_seed(seed)
    choices = _settings(settings)
    model = shrinking.copied(_model(network))
    for name in by:
        if (check := WAYS[name].check) is not None:
            check(model)
    known = model.alphabet.by_word(labels or {})
    if labels is not None and model.link.task != CLASSIFIER:
        raise InputError(f"labels are for classifiers, and the task of this network is {model.link.task}; leave them out")
    limited = (SECONDS if effort is None else None) if seconds == "auto" else seconds
    for limit in (limited, effort):
        if limit is not None and not (isinstance(limit, int | float) and 0 < limit < inf):
            raise InputError(f"a limit must be a number above 0, not {limit!r}")
    rng = np.random.default_rng(seed)
    meter = Meter(limited, None, effort)
    say = progress or (lambda said: None)
    shown = Progress(say, "asking the network")
    meter.watch = shown if progress else None
    teacher = metered(model.teacher, meter)
    fresh, given = _divided(model, words, np.random.default_rng([seed, 3]))
    source = WordSource(rng, teacher, given, LONGEST, None, limited is not None)
    fresh = fresh or source.invent(FRESH)
    held_out = HeldOut(teacher, source.keep(HELD_OUT, part=0.3))
    ends = np.cumsum([WAYS[name].part for name in by]) / sum(WAYS[name].part for name in by)
    named, reason, told = [(ORIGINAL, model)], DONE, list(source.left_out)
    if model.link.task == CLASSIFIER and (share := rare(held_out)) < RARE:
        told.append(
            f"Only {share:.1%} of the words are of another class than most; give words like those that matter, of all classes."
        )
    curves: tuple[tuple[float, ...], ...] = ()
    lessons: list[Lesson] = []
    for name, end in zip(by, ends.tolist(), strict=True):
        if reason == INTERRUPTED:
            break
        stage, shown.doing = meter.stage(end), f"making the network smaller by {name}"
        task = Task(model, teacher, source, held_out, meter, stage, rng, choices, say, lessons)
        current, found = named[-1][1], None
        try:
            if name == "neurons":
                curves = spared(task, current)
            for smaller in WAYS[name].make(task, current):
                found = smaller
        except BudgetExhausted as over:
            reason = over.reason
        except KeyboardInterrupt:
            reason = INTERRUPTED
        if found is None:
            told.append(f"Left out: {name}, since the end came before it gave a network.")
            continue
        named.append((name, found))
        if found is current:
            told.append(
                "No neuron went: none could be spared within the bound on the error and the limit; larger ones allow more."
            )
    if reason == DONE and meter.time_spent >= 1:
        reason = "time" if meter.seconds_limit is not None and meter.seconds >= meter.seconds_limit else "effort"
    say("judging")
    measure = measure_of(model.link.task)
    try:
        steps = judged(named, fresh, known, seed)
    except KeyboardInterrupt:
        reason, steps = INTERRUPTED, tuple(unjudged(name, model) for name, model in named)
    return Shrunk(steps, *measure, len(fresh), meter.seconds, reason, curves, tuple(told))


def _settings(given: dict[str, Any]) -> ShrinkSettings:
    known = [field.name for field in fields(ShrinkSettings)]
    if unknown := [name for name in given if name not in known]:
        raise InputError(f"there is no setting {unknown[0]!r} of making a network smaller; there are {', '.join(known)}")
    made = ShrinkSettings(**given)
    made.check()
    return made


def _model(network: Any) -> TrainedModel:
    if isinstance(network, str | Path):
        return load_model(network, device="cpu")
    found = network if isinstance(network, TrainedModel) else getattr(network, "model", None)
    if not isinstance(found, TrainedModel):
        raise InputError("only networks are made smaller; give the path of a checkpoint, or what load_teacher makes of one")
    return found


def _divided(model: TrainedModel, words: Iterable[Any] | None, rng: np.random.Generator) -> tuple[list[Word], list[Word]]:
    """Return words to judge with, and others that matter; both empty where none are given."""
    if words is None:
        return [], []
    longest = longest_of(model.teacher)
    given = model.alphabet.words(words)
    different = [word for word in dict.fromkeys(given) if longest is None or len(word) <= longest]
    fresh = [different[i] for i in rng.permutation(len(different))[: min(FRESH, len(different) // 5)].tolist()]
    if not fresh:
        raise InputError("a fifth of the different words is kept to judge with; give at least five, better some hundred")
    kept = set(fresh)
    return fresh, [word for word in given if word not in kept]
