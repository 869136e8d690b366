"""Extraction: rounds of a learner under a budget, the best automaton kept at all times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.diagram import counted
from nerode.automata.mealy import to_mealy
from nerode.domains import domain_of
from nerode.errors import BudgetExhausted, InputError, described
from nerode.extraction.arguments import check_limits, sizes_of, teacher_of
from nerode.extraction.budget import TeacherFailed, metered
from nerode.extraction.digits import shorten
from nerode.extraction.extracted import Extraction
from nerode.extraction.hankel.memory import return_freed_memory
from nerode.extraction.ledger import SMALL, Ledger
from nerode.extraction.meter import Meter
from nerode.extraction.method import Task, settings_of
from nerode.extraction.methods import METHODS, Listing, method_named
from nerode.extraction.progress import Progress
from nerode.extraction.queries.rounds import NO_COUNTEREXAMPLE
from nerode.extraction.reasons import FAILED, INTERRUPTED, NO_GAIN, REFUSED
from nerode.extraction.sizes import Sizing
from nerode.extraction.source import WordSource
from nerode.extraction.verdict import DELTA, EQUIVALENT, Judging
from nerode.functions import FunctionTeacher
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES
from nerode.protocols import Teacher, asked_of, own_words_of
from nerode.threads import one_thread

FRESH = 1000  # words kept for the verdict; where words were given, as many random ones for another
WEIGHED = {CLASSIFIER: 10_000, LANGUAGE_MODEL: 1000, SCORES: 1000}  # held-out words: a thousand decisions hardly show a gain
ALLOWED = 0.002  # how much more error a smaller hypothesis may have where the number of states was limited: so many are welcome
SECONDS = 60.0  # the limit on time, unless another one or an effort is given
SLOW = 8 * 10_000  # words: a function that answers fewer within the limit on time is slow
ROUNDING = 0.05  # of the limit on time, kept for rounding
VERDICT = 0.2  # of the limit on time, kept for what comes after learning where a classifier is slow
LATE = 1.0  # seconds that a verdict may take beyond the limit on time
FIRST = 500  # held-out words of a function that are asked before anything is learned; each round doubles their number
AROUND = 500  # words around the states of a small hypothesis that join the held-out ones


@one_thread()
def extract(
    teacher: Teacher | Callable[..., Any],
    method: str | None = None,
    *,
    alphabet: str | Iterable[str] | None = None,
    states: int | None = None,
    seconds: float | Literal["auto"] | None = "auto",
    effort: float | None = None,
    queries: int | None = None,
    words: Iterable[Any] | None = None,
    delta: float = DELTA,
    sizes: Iterable[int] | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
    methods: Mapping[str, Listing] = METHODS,
    **settings: Any,
) -> Extraction:
    """Extract an automaton from a teacher.

    Parameters
    ----------
    teacher : what is asked; also a Python function, for which `nerode.teacher` has more options
    method : "lstar" (a minimal DFA, for classifiers), "spectral" (a weighted automaton, for every task), "pdfa" (a
        probabilistic deterministic automaton, for language models), "vpa" (a visibly pushdown automaton) or "cfg" (a context-free
        grammar, both for classifiers of two classes); or a baseline that chooses no question: "rpni" or "edsm" (a DFA, for
        classifiers), "alergia" or "ngram" (a PDFA, for language models). None for "lstar" where a function gives labels only,
        and for possible words of a language model, else "spectral"
    alphabet : the symbols of the words of a function; other teachers bring theirs
    states : at most so many; the spectral method takes exactly so many where the block has the rank, and chooses on held-out
        words where none is given
    seconds, effort, queries : limits, None for none; what has been learned by then is returned. Effort is work instead of time,
        and the same on every machine; a unit took 0.6 to 7 seconds on one core. "auto" is 60 seconds, or no limit on
        time where an effort is given
    words : words like those that matter, as indices, symbols or text
    delta : how probable it is at most that the bound of the verdict does not hold
    sizes : numbers of states for which automata are wanted too, made after learning within the limits: at most so many, and no
        more than the automaton has. The teacher is not asked for them, and they cannot be better than what was learned
    seed : the same seed gives the same automaton, unless a limit on time cuts a stage short: give an effort for that
    progress : is told about every round in a sentence, and each second what is being done
    methods : the table of methods that there are
    settings : of the method, by name: those of QuerySettings for "lstar" and "cfg", of SpectralSettings for "spectral", of
        VpaSettings for "vpa", of NgramSettings for "ngram"

    While it runs, torch uses one thread, which is many times faster for small networks. A function may set another number.

    Raises
    ------
    InputError : no teacher, no seed, a limit below 1; a method or settings that are not known or do not fit; a teacher that
        failed before anything was learned, or that reads only words of less than two letters
    BudgetExhausted : not even the first hypothesis was reached
    """
    teacher = teacher_of(teacher, alphabet, settings)
    method = method or usual_method(teacher)
    chosen = method_named(method, methods)
    seconds = (SECONDS if effort is None else None) if seconds == "auto" else seconds
    check_limits(
        teacher, method, {"states": states, "seconds": seconds, "effort": effort, "queries": queries}, delta, seed, methods
    )
    choices = settings_of(method, chosen, settings)
    choices.check(teacher)
    wanted = sizes_of(sizes)
    rng = np.random.default_rng(seed)
    base = asked_of(teacher)
    function = base if isinstance(base, FunctionTeacher) else None
    pace = _pace(function, seconds)
    judged = teacher.link.task == CLASSIFIER
    kept = 0.0 if pace is None or seconds is None or not judged else VERDICT * seconds
    meter = Meter(None if seconds is None else (1 - ROUNDING) * seconds - kept, queries, effort, pace)
    sizing = Sizing.begun(wanted, meter)
    asked = metered(teacher, meter)
    say = progress or (lambda said: None)
    if told := getattr(teacher, "told", ""):
        say(told)
    shown = Progress(say, "asking about held-out words")
    meter.watch = shown if progress else None
    affordable = meter.queries_left
    given = [] if words is None else teacher.alphabet.words(words)
    if words is not None and not given:
        raise InputError("the list of words is empty; give words like those that matter, or None to have some drawn")
    weighed = WEIGHED[teacher.link.task]
    weighed = weighed if affordable is None else min(weighed, max(1, affordable // 8))
    with _nothing_learned():
        source = WordSource(rng, asked, given, chosen.longest, affordable, seconds is not None, chosen.near)
        fresh, like = source.fresh(FRESH, part=0.2) if judged else (source.keep(FRESH, part=0.2), "")
        random = source.invent(FRESH) if judged and given else []
        words_held, weights = source.weighed(weighed, part=0.5)
        early = FIRST if function and judged and not given else len(words_held)
        held_out = chosen.held_out(choices, asked, words_held[:early], weights[:early])
        later = words_held[early:]
    always = chosen.constant(choices, held_out, teacher)
    frugality = chosen.frugality if states is None else min(chosen.frugality, ALLOWED)
    ledger = Ledger(always, held_out, meter, frugality, chosen.at_knee and states is None)
    known = teacher if isinstance(teacher, DFA) else None
    task = Task(asked, rng, source, ledger, meter, states, choices, known, getattr(teacher, "model", None))
    learning = chosen.rounds(task)
    failure: Exception | None = None
    try:
        while True:
            hypothesis = next(learning)
            larger = max(done.states for done in ledger.rounds) < hypothesis.size
            ledger.add(hypothesis)  # before anything is asked that a limit could forbid
            if larger and isinstance(hypothesis, DFA) and hypothesis.states <= SMALL:
                left = meter.queries_left
                around = source.around(hypothesis, AROUND if left is None else min(AROUND, left // 8))
                ledger.weigh_on(asked, around, like=False)
            if later:  # a function may fail or be interrupted at any time; what was learned before is then handed back
                more = len(held_out.words)
                ledger.weigh_on(asked, later[:more], like=True)
                later = later[more:]
            number, last = len(ledger.rounds) - 1, ledger.rounds[-1]
            say(f"round {number}: {last}")
            shown.doing = f"after round {number} ({counted(last.states, last.unit)}, held-out error {last.error:.3g})"
            if states is None and ledger.fruitless():
                reason = NO_GAIN
                break
    except StopIteration as end:
        reason = end.value
        if ledger.decided:
            ledger.prefer_last()
            reason = EQUIVALENT
        elif reason == NO_COUNTEREXAMPLE and not ledger.trust_last():
            reason = NO_GAIN
    except BudgetExhausted as end:
        reason = end.reason
    except KeyboardInterrupt:
        reason = INTERRUPTED
    except TeacherFailed as end:
        reason, failure = FAILED, end.failure
    except InputError:
        if len(ledger.rounds) == 1:
            raise
        reason = REFUSED  # such as a word that is longer than a transformer can read; what was learned is not lost
    finally:
        learning.close()  # wherever it was left, the ledger is told what searches did
    shown.doing = "making automata of other sizes"
    sized, stopped = sizing.make(chosen, task, reason == INTERRUPTED, say)
    if reason != INTERRUPTED:
        shown.doing = "rounding the numbers"
        meter.seconds_limit = None if seconds is None else seconds - kept
        try:
            sized = shorten(ledger, sized, seed, source.room is None and domain_of(teacher) is None, meter.check_time)
        except KeyboardInterrupt:
            reason = INTERRUPTED
    spent = meter.seconds
    rest = 0.0 if seconds is None else max(0.0, seconds - spent)
    patience = None if seconds is None else rest / 2 if kept else rest + LATE  # a comparison may ask the same words again
    watch = Progress(say, "asking about fresh words for the verdict") if progress else None
    judging = Judging(teacher, delta, patience, failure, watch=watch)
    verdicts = [
        judging.verdict(ledger.best, words, kind, reason) for words, kind in ((fresh, like), (random, source.random_like))
    ]
    return_freed_memory()
    if judged and judging.failure is not None:
        judging.left_out.append("There is no verdict, since it takes answers of the network.")
    best = to_mealy(ledger.best) if getattr(teacher, "tags", False) and isinstance(ledger.best, DFA) else ledger.best
    return Extraction(
        best, method, seed, tuple(ledger.rounds), meter.queries, spent, meter.effort, reason, tuple(fresh), ledger.curve,
        ledger.best_round, teacher.link.task, verdicts[0], verdicts[1], ledger.front, ledger.searches, ledger.contradictions,
        teacher, judging.failure, tuple(dict.fromkeys((*source.left_out, *ledger.left_out, *judging.left_out))), sized, stopped,
        ledger.counterexamples, tuple(ledger.told), INTERRUPTED in (reason, stopped) or judging.interrupted,
    )  # fmt: skip


@contextmanager
def _nothing_learned() -> Iterator[None]:
    """While there is nothing to hand back a failure of the teacher passes on, as bad input."""
    try:
        yield
    except TeacherFailed as end:
        raise InputError(
            f"the network failed before anything was learned ({described(end.failure)}); see that it answers, and begin anew"
        ) from end.failure


def usual_method(teacher: Teacher) -> str:
    """The method that suits a teacher: where scores say no more than labels, nothing is gained by learning scores.

    A teacher that knows words that matter is a language, and most other words are far from it.
    """
    only_labels = isinstance(teacher, FunctionTeacher) and teacher.only_labels
    return "lstar" if only_labels or own_words_of(teacher) else "spectral"


def _pace(function: FunctionTeacher | None, seconds: float | None) -> float | None:
    """How many seconds a function takes for a word, where it is slow for such a limit on time."""
    return function.pace if function and seconds is not None and function.pace * SLOW > seconds else None
