"""What each command of the shell does: from parsed options to an exit code, an answer for machines and a text for people."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from nerode.automata.diagram import DrawingSettings, counted
from nerode.automata.distribution import Negatives, negatives
from nerode.automata.formats import writer_for
from nerode.automata.loading import load_automaton, load_metadata
from nerode.automata.wfa import WFA
from nerode.console import BAD_INPUT, DONE, STOPPED, Status, bar, uninterrupted
from nerode.datasets.languages import language
from nerode.datasets.readers import read_words
from nerode.datasets.samplers import training_words
from nerode.errors import InputError
from nerode.eval.report import Report, compare, finite
from nerode.eval.stability import Stability, stability
from nerode.extraction.ledger import queried
from nerode.extraction.loop import BUDGET_REASONS, Extraction
from nerode.extraction.loop import extract as run_extraction
from nerode.extraction.settings import QuerySettings
from nerode.extraction.source import WordSource
from nerode.files import check_writable
from nerode.links import link_to_json
from nerode.protocols import SteppingTeacher, Teacher, TwoWayTeacher
from nerode.rounding import exact
from nerode.sampling import lengths_like, uniform_words
from nerode.teachers import directory
from nerode.teachers.checkpoints import check_output, holds_network, is_automaton, load_model, load_teacher, takes_alphabet
from nerode.teachers.training import TrainingSettings, lessons
from nerode.teachers.training import train as run_training
from nerode.telling import no_better_than_constant, what_happened
from nerode.words import Words

Answer = tuple[int, dict[str, Any], str]
FEW = 59  # fresh words, of which not even all being right bounds the error by 5 %
PROBE = 256, 20  # words asked to time a query, and their length


def inspect(options: Namespace, status: Status) -> Answer:
    """What a checkpoint holds."""
    teacher, origin, architecture, parameters, device = _described(options)
    keeps = (
        "yes, from left to right" if isinstance(teacher, SteppingTeacher)
        else "yes, in both directions" if isinstance(teacher, TwoWayTeacher)
        else "no, it is asked whole words"
    )  # fmt: skip
    try:
        cost = round(_microseconds(teacher, options.seed), 2)
        price = f"{cost:.1f} µs (words of {PROBE[1]} symbols, asked {PROBE[0]} at a time)"
    except InputError as error:  # some networks read fewer symbols
        cost, price = None, f"not measured, since {error}"
    answer = {
        "checkpoint": str(options.checkpoint),
        "format": origin,
        "architecture": architecture,
        "task": teacher.link.task,
        "alphabet": list(teacher.alphabet),
        "scores": teacher.width,
        "link": link_to_json(teacher.link),
        "parameters": parameters,
        "keeps_states": isinstance(teacher, SteppingTeacher | TwoWayTeacher),
        "device": device,
        "microseconds_per_query": cost,
    }
    checked = None if options.check is None else _checked(options, teacher, status)
    answer["stability"] = None if checked is None else finite(asdict(checked))
    symbols = " ".join(teacher.alphabet.symbols[:30]) + (" …" if len(teacher.alphabet) > 30 else "")
    text = _listing({
        "checkpoint": f"{options.checkpoint} ({origin})",
        "architecture": architecture,
        "task": teacher.link.task,
        "alphabet": f"{len(teacher.alphabet)} symbols: {symbols}",
        "scores a word": str(teacher.width),
        "parameters": "none" if parameters is None else f"{parameters:,}",
        "states are kept": keeps,
        "asked on": "the processor" if device == "cpu" else device,
        "a query costs": price,
    })  # fmt: skip
    return DONE, answer, text if checked is None else f"{text}\n\n{checked}"


def _checked(options: Namespace, teacher: Teacher, status: Status) -> Stability:
    """How far answers to the same random words differ from call to call."""
    status.show(f"drawing {options.check:,} words")
    words = _invented(options, teacher, options.check)
    return stability(
        teacher, words, seed=options.seed,
        progress=lambda done, total: status.show(f"{bar(done / total)} answer {done:,} of {total:,}"),
    )  # fmt: skip


def _described(options: Namespace) -> tuple[Teacher, str, str, int | None, str]:
    """A teacher, its format, its architecture in words, its trained numbers, and its device; an automaton has no such numbers."""
    if is_automaton(options.checkpoint):
        automaton = load_teacher(options.checkpoint, options.alphabet, options.device)
        return automaton, "automaton file", repr(automaton).strip("<>"), None, "cpu"
    model = load_model(options.checkpoint, options.alphabet, options.device)
    device = str(next(model.network.parameters()).device)
    return model.teacher, model.origin, model.architecture, model.parameters, device


def train(options: Namespace, status: Status) -> Answer:
    """A checkpoint from a known language."""
    directory.check_place(options.out)
    if holds_network(options.out) and not options.force:
        raise InputError(f"{options.out} holds a network already; choose another directory, or overwrite it with --force")
    rng = np.random.default_rng(options.seed)
    target = language(options.language, rng)
    settings = TrainingSettings(options.arch, options.hidden, options.layers, options.bidirectional)

    def draw(rng: np.random.Generator, count: int, longest: int) -> Words:
        return training_words(rng, target, count, longest)

    training, held_out = lessons(target, draw, options.words, options.longest, options.longest * 7 // 5, rng)
    model, report = run_training(
        target.alphabet, target.link, training, held_out, settings, rng,
        lambda done, total, message: status.show(f"{bar(done / total)} step {done:,} of at most {total:,}, {message}"),
    )  # fmt: skip
    command = f"nerode train {options.language} --arch {options.arch} --hidden {options.hidden} --layers {options.layers}"
    command += f" --words {options.words} --longest {options.longest} --seed {options.seed}"
    command += " --bidirectional" * options.bidirectional
    made = {"command": command, "language": options.language, "seed": options.seed, **asdict(report)}
    with uninterrupted():
        directory.save(options.out, model, made)
    answer = {"checkpoint": str(options.out), "language": options.language, "task": target.link.task, **asdict(report)}
    return DONE, answer, (
        f"{model.architecture}: accuracy {report.accuracy:.4f}, loss {report.loss:.2g} on held-out words after "
        f"{report.steps:,} steps and {report.seconds:.1f} s (stopped: {report.stopped.replace('_', ' ')})\n"
        f"written to {options.out}"
    )  # fmt: skip


def extract(options: Namespace, status: Status) -> Answer:
    """An automaton from a checkpoint, with a verdict on fresh words."""
    out = options.out or Path(f"{_name(options.checkpoint)}.{options.method}.json")
    if out.suffix.lower() != ".json":
        raise InputError(f"an extracted automaton is written to a .json file, not to {out}; `nerode render` makes pictures of it")
    chosen, search = _settings(options)
    check_writable(out)
    check_output(out)
    if os.path.realpath(out) == os.path.realpath(options.checkpoint):
        raise InputError(f"{out} is what the automaton is to be extracted from; choose another name with --out")
    _check_plots(options.plots, out)
    teacher = _asked(options)
    words = None if options.words is None else read_words(options.words, teacher.alphabet)[0]
    result = run_extraction(
        teacher, options.method, target=chosen.get("target", "scores"), refinement=chosen.get("refinement", "gradient"),
        states=options.states, seconds=options.seconds, queries=options.queries, words=words, search=search, seed=options.seed,
        progress=status.show,
    )  # fmt: skip
    verdict = None if result.verdict is None else asdict(result.verdict) | {"epsilon": result.verdict.epsilon}
    made = {
        "method": options.method,
        **chosen,
        "checkpoint": str(options.checkpoint),
        "seed": options.seed,
        "exact": options.exact,
        "stop_reason": result.stop_reason,
        "queries": result.queries,
        "verdict": verdict,
        "rounds": finite([asdict(round_) for round_ in result.rounds]),
    }
    with uninterrupted():
        result.automaton.save(out, extraction=made)
    report, below = _compared(result, chosen.get("target"), teacher, status)
    code, plotted = _plotted(options, result, status)
    answer = {
        "automaton": str(out),
        "type": result.automaton.kind,
        "states": result.automaton.states,
        "seconds": round(result.seconds, 3),
        "queries": result.queries,
        "stop_reason": result.stop_reason,
        "searches": [asdict(effort) for effort in result.efforts],
        "contradictions": result.contradictions,
        "verdict": verdict,
        "held_out": None if report is None else report.to_json(),
        "negatives": None if below is None else asdict(below),
        "plots": None if plotted is None else [str(path) for path in plotted],
    }
    text = [f"{result.automaton!r}", f"written to {out} after {result.seconds:.1f} s and {queried(result.queries)}"]
    text += what_happened(result, options.states)
    if plotted:
        text.append(f"Plots in {options.plots}: {', '.join(dict.fromkeys(path.stem for path in plotted))}.")
    if result.verdict is not None and not result.verdict.equivalent:
        text += ["", str(result.verdict)]
    if report is not None:
        drawn = "random words, drawn apart from those of learning"
        if words:
            kept = set(result.fresh) <= set(words)
            drawn = "words kept apart from those given" if kept else "random words as long as those given"
        text += ["", f"On {drawn}:", str(report)]
        if below is not None:
            text += ["", f"Below 0, and raised to what is noise: the probabilities of {below.strings:.2%} of these words, and "]
            text[-1] += f"{below.next_symbols:.2%} of those of what follows their prefixes."
        if words and len(result.fresh) < FEW:
            few = counted(len(result.fresh), "word")
            status.say(f"note: all this rests on {few}; of some hundred in --words FILE a fifth would be kept for it")
        if len(result.rounds) > 1 and no_better_than_constant(report):
            advice = "" if words else "; give words that matter with --words FILE"
            advice = "; the target scores learns more" if chosen.get("target") == "probabilities" else advice
            status.say(f"note: a constant answer does as well on these words{advice}")
    return code or (STOPPED if result.stop_reason in BUDGET_REASONS else DONE), answer, "\n".join(text)


def _settings(options: Namespace) -> tuple[dict[str, Any], QuerySettings]:
    """The settings of the method, by name, and those among them that are for query learning.

    Raises
    ------
    InputError : settings of the other method
    """
    spectral = {"target": options.target or "scores", "refinement": options.refinement or "gradient"}
    given = {
        "learner": options.learner, "searches": options.search and tuple(options.search),
        "band": options.band, "letter_classes": options.letter_classes,
    }  # fmt: skip
    given = {name: value for name, value in given.items() if value is not None}
    if options.method == "spectral":
        if given:
            raise InputError(
                "--learner, --search, --band and --letter-classes are for --method lstar; leave them out or choose it"
            )
        return spectral, QuerySettings()
    if options.target is not None or options.refinement is not None:
        raise InputError("--target and --refinement are for --method spectral; leave them out or choose it")
    search = QuerySettings(**given)
    return asdict(search), search


def eval(options: Namespace, status: Status) -> Answer:
    """How far an automaton agrees with a checkpoint, on given words and on fresh ones."""
    if options.like is not None and options.sample is None:
        raise InputError("--like says how long the fresh words of --sample shall be; give --sample N too")
    if os.path.isdir(options.automaton):
        raise InputError(f"{options.automaton} is a folder; the automaton, a .json file, comes first and the checkpoint second")
    automaton = load_automaton(options.automaton)
    if options.alphabet is None and takes_alphabet(options.checkpoint):
        options.alphabet = automaton.alphabet.symbols  # it knows what the model was asked about
    teacher = _asked(options)
    reports = {}
    if options.words is not None:
        words, _ = read_words(options.words, teacher.alphabet)
        status.show(f"comparing on {len(words):,} words")
        reports["given"] = compare(automaton, teacher, words, seed=options.seed)
    if options.sample is not None or not reports:
        count = options.sample or 1000
        status.show(f"comparing on {count:,} fresh words")
        reports["fresh"] = compare(automaton, teacher, _fresh(options, teacher, count), seed=options.seed)
    first, *others = reports.items()
    answer = {"automaton": str(options.automaton), "teacher": str(options.checkpoint), "source": first[0], **first[1].to_json()}
    answer |= {source: report.to_json() for source, report in others}
    return DONE, answer, "\n\n".join(f"On {source} words:\n{report}" for source, report in reports.items())


def render(options: Namespace, status: Status) -> Answer:
    """A picture of an automaton."""
    return _rewrite(options, DrawingSettings(hide_sinks=options.hide_sinks), (".svg", ".png", ".pdf", ".dot"))


def convert(options: Namespace, status: Status) -> Answer:
    """An automaton in another format."""
    return _rewrite(options, None, ())


def _name(checkpoint: Path) -> str:
    """What a checkpoint is called: a folder may have dots in its name that part nothing."""
    path = Path(os.path.realpath(checkpoint))
    return path.stem if os.path.isfile(path) else path.name


def _rewrite(options: Namespace, settings: DrawingSettings | None, suffixes: tuple[str, ...]) -> Answer:
    if suffixes and options.out.suffix.lower() not in suffixes:
        raise InputError(f"a drawing is written to a file that ends in {', '.join(suffixes)}, not to {options.out}")
    writer_for(options.out)
    check_writable(options.out)
    check_output(options.out)
    automaton = load_automaton(options.automaton)
    automaton.save(options.out, settings, load_metadata(options.automaton))
    answer = {"automaton": str(options.automaton), "out": str(options.out), "type": automaton.kind, "states": automaton.states}
    return DONE, answer, f"{automaton!r}\nwritten to {options.out}"


def _compared(result: Extraction, target: str | None, teacher: Teacher, status: Status) -> tuple[Report | None, Negatives | None]:
    """The comparison on fresh words, and how much of what ought to be probabilities is negative there.

    None where the user will not wait for it, and where there are none.
    """
    status.show("comparing on fresh words")
    automaton, words = result.automaton, result.fresh
    try:
        report = compare(automaton, teacher, words, seed=result.seed)
        return report, negatives(automaton, words) if target == "probabilities" and isinstance(automaton, WFA) else None
    except KeyboardInterrupt:
        return None, None


def _check_plots(folder: Path | None, out: Path) -> None:
    """Refuse at once a folder that plots could not be written to."""
    if folder is None:
        return
    if os.path.realpath(folder) == os.path.realpath(out):
        raise InputError(f"the automaton and the plots cannot both be written to {folder}; give the folder another name")
    from nerode.eval.plots import check_place  # here, because it takes long to import and only plots need it

    check_place(folder)


def _plotted(options: Namespace, result: Extraction, status: Status) -> tuple[int, list[Path] | None]:
    """The files of the plots, None where none are asked for or the user will not wait; BAD_INPUT where there can be none.

    By then an automaton and a verdict are there, which must not be lost.
    """
    if options.plots is None:
        return DONE, None
    status.show("drawing plots")
    try:
        from nerode.eval.plots import plots, save_plots  # here, as above

        return DONE, save_plots(options.plots, plots(result), result.automaton)
    except InputError as error:
        status.say(f"nerode extract: no plots: {error}")
        return BAD_INPUT, None
    except KeyboardInterrupt:
        return DONE, None


def _asked(options: Namespace) -> Teacher:
    """The checkpoint as a function from words to scores, in exact mode where that is wished."""
    teacher = load_teacher(options.checkpoint, options.alphabet, options.device)
    if not options.exact:
        return teacher
    if is_automaton(options.checkpoint):
        raise InputError(f"--exact is for networks; {options.checkpoint} is an automaton, so leave it out")
    return exact(teacher)


def _fresh(options: Namespace, teacher: Teacher, count: int) -> Words:
    if options.like is None:
        return _invented(options, teacher, count)
    like, _ = read_words(options.like, teacher.alphabet)
    rng = _own_stream(options)
    return uniform_words(rng, len(teacher.alphabet), lengths_like(rng, like, count))


def _invented(options: Namespace, teacher: Teacher, count: int) -> Words:
    return WordSource(_own_stream(options), teacher, []).invent(count)


def _own_stream(options: Namespace) -> np.random.Generator:
    """Random numbers of its own: the words of an extraction with the same seed were seen in learning."""
    return np.random.default_rng([options.seed, 1])


def _microseconds(teacher: Teacher, seed: int) -> float:
    count, length = PROBE
    words = uniform_words(np.random.default_rng(seed), len(teacher.alphabet), np.full(count, length))
    teacher.scores(words)  # the first call also pays for set-up
    begun = time.perf_counter()
    teacher.scores(words)
    return (time.perf_counter() - begun) / count * 1e6


def _listing(facts: dict[str, str]) -> str:
    widest = max(map(len, facts))
    return "\n".join(f"{name:<{widest}}  {fact}" for name, fact in facts.items())
