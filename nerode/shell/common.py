"""What several commands share: asking a checkpoint, drawing words, and rewriting an automaton."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.diagram import DrawingSettings, counted
from nerode.automata.formats.table import check_suffix
from nerode.datasets.asked import words_of
from nerode.errors import InputError
from nerode.extraction.budget import TeacherFailed, metered
from nerode.extraction.meter import Meter
from nerode.extraction.progress import Progress
from nerode.extraction.source import WordSource
from nerode.files import check_writable, write_whole
from nerode.grammars.loading import load_automaton, load_metadata
from nerode.links import LANGUAGE_MODEL
from nerode.protocols import Teacher, longest_of
from nerode.rounding import exact
from nerode.sampling import lengths_like, uniform_words
from nerode.shell.console import DONE, Status, uninterrupted
from nerode.shell.options.common import OUTSIDE
from nerode.students.loading import history_of, is_student, load_student
from nerode.students.student import Student
from nerode.teachers.addresses import is_outside
from nerode.teachers.checkpoints import check_output, is_automaton, load_teacher, takes_alphabet
from nerode.teachers.possible import possible_words
from nerode.teachers.recognition import AUTO, check_place, fingerprint_of, holds_network
from nerode.teachers.truncated import truncated
from nerode.words import Words

OF_LANGUAGE_MODELS = ("possible", "top_k", "top_p")  # options
PICTURES = (".svg", ".png", ".pdf")

Answer = tuple[int, dict[str, Any], str]
"""Of a command: its exit code, its answer as JSON, and the same for people."""


def also_asked(options: Namespace, place: Path | str) -> Teacher:
    """Another teacher, asked as the checkpoint is; options that are not for such a one are left out."""
    left_out: dict[str, Any] = {} if takes_alphabet(place) else {"alphabet": None, "head": None, "pooling": None}
    left_out |= {} if is_outside(place) else dict.fromkeys(OUTSIDE)
    exactly = options.exact and not (is_outside(place) or is_automaton(place))
    given = {name: getattr(options, name, None) for name in OF_LANGUAGE_MODELS}
    unless = dict.fromkeys(OF_LANGUAGE_MODELS) | {"as_before": given}  # a classifier is one already
    return asked(Namespace(**vars(options) | left_out | unless | {"checkpoint": place, "exact": exactly}))


def asked(options: Namespace) -> Teacher:
    """The checkpoint as a function from words to scores; where that is wished in exact mode, truncated, or of possible words."""
    given = outside_options(options)
    device = "cpu" if options.exact and options.device == AUTO else options.device
    if options.exact and is_automaton(options.checkpoint):
        raise InputError(f"--exact is for networks; {options.checkpoint} is an automaton, so leave it out")
    teacher = load_teacher(options.checkpoint, options.alphabet, device, options.head, options.pooling, **given)
    teacher = exact(teacher) if options.exact else teacher
    before = (getattr(options, "as_before", None) or {}) if teacher.link.task == LANGUAGE_MODEL else {}
    top_k, top_p, wanted = (getattr(options, name, None) or before.get(name) for name in ("top_k", "top_p", "possible"))
    if top_k is not None or top_p is not None:
        teacher = truncated(teacher, top_k, top_p)
    if wanted is None:
        return teacher
    if wanted == "auto" and getattr(options, "queries", None) is not None:
        raise InputError("--possible auto asks what no limit on queries counts; give the bound, such as --possible 0.01")
    possible = possible_words(teacher, None if wanted == "auto" else wanted, options.seed)
    options.possible = possible.least
    return possible


@contextmanager
def watched(teacher: Teacher, status: Status, doing: str) -> Iterator[Teacher]:
    """The same teacher; while it is asked, a terminal is told each second how far the work is."""
    status.show(doing)
    try:
        yield metered(teacher, Meter(watch=Progress(status.show, doing)))
    except TeacherFailed as end:
        raise end.failure from end


def told_of(teacher: Teacher) -> str | None:
    """What was assumed or found out about a teacher, in a sentence or two; None if there is nothing to tell."""
    return getattr(teacher, "told", None) or None


def outside_options(options: Namespace) -> dict[str, Any]:
    """The options of programs and services that were given, by name."""
    return {name: getattr(options, name) for name in OUTSIDE if getattr(options, name) is not None}


def check_checkpoint(options: Namespace) -> None:
    """Raise InputError if the network cannot be written to --out, or would replace another one without --force."""
    check_place(options.out)
    if holds_network(options.out) and not options.force:
        raise InputError(f"{options.out} holds a network already; choose another directory, or overwrite it with --force")


def fresh_words(options: Namespace, teacher: Teacher, count: int) -> Words:
    """Random words, or words with the lengths of those in --like FILE."""
    if options.like is None:
        return random_words(options, teacher, count)
    like, _ = within_reach(words_of(options.like, teacher), teacher, options.like)
    rng = own_stream(options)
    return uniform_words(rng, len(teacher.alphabet), lengths_like(rng, like, count))


def fingerprint_at(checkpoint: Path | str) -> str | None:
    """The hash of the files of a network; None of a program or a service, which has none."""
    return None if is_outside(checkpoint) else fingerprint_of(checkpoint)


def within_reach(words: Words, teacher: Teacher, file: Path) -> tuple[Words, str]:
    """Return the words that a teacher reads, and a sentence about those that it does not; it is empty if there are none.

    Raises
    ------
    InputError : it reads none of them
    """
    longest = longest_of(teacher)
    read = words if longest is None else [word for word in words if len(word) <= longest]
    if words and not read:
        raise InputError(f"the network reads words of at most {longest} symbols, and all words of {file} are longer")
    if len(read) == len(words):
        return read, ""
    left = counted(len(words) - len(read), "word")
    return read, f"{left} of {file} left out, since the network reads at most {longest} symbols"


def named_words(options: Namespace, teacher: Teacher) -> Words | None:
    """The words for a teacher or an automaton that are named on the command line or in a file; None if there are none.

    Raises
    ------
    InputError : unknown symbols, or words in both places
    """
    if options.words is not None:
        if options.word:
            raise InputError("words are named both on the command line and by --words; leave one of them out")
        return words_of(options.words, teacher)
    return teacher.alphabet.words(options.word) if options.word else None


def loaded(path: Path, status: Status) -> Automaton:
    """The automaton of a file; what was changed to read it is said on stderr."""
    return said(path, load_automaton(path), status)


def said(path: Path, automaton: Automaton, status: Status) -> Automaton:
    """The same automaton, after what was changed to read it is said on stderr."""
    if told := told_of(automaton):
        status.say(f"note: {path}: {told}")
    return automaton


def loaded_function(path: Path, status: Status) -> Any:
    """The automaton or the student of a file, or the network of a directory."""
    if holds_network(path):
        return load_teacher(path)
    return load_student(path) if is_student(path) else loaded(path, status)


def automaton_beside(options: Namespace, status: Status, load: Callable[[Path, Status], Any] = loaded) -> tuple[Any, Teacher]:
    """The automaton or the student, and the network asked with its alphabet, since this is what the model was asked about."""
    student = load is loaded_function and holds_network(options.automaton) and not is_automaton(options.checkpoint)
    if os.path.isdir(options.automaton) and not student:
        raise InputError(f"{options.automaton} is a folder; the automaton, a .json file, comes first and the checkpoint second")
    automaton = load(options.automaton, status)
    read = history_of if isinstance(automaton, Student) else load_metadata if isinstance(automaton, Automaton) else None
    as_extracted(options, automaton, read and read(options.automaton))
    return automaton, asked(options)


def as_extracted(options: Namespace, automaton: Any, history: dict[str, Any] | None) -> None:
    """Ask a checkpoint as it was asked when an automaton was extracted, where the options do not say it."""
    if options.alphabet is None and takes_alphabet(options.checkpoint):
        options.alphabet = automaton.alphabet.symbols
    options.as_before = before_of(history)


def before_of(history: dict[str, Any] | None) -> dict[str, Any]:
    """How a language model was asked before: the bound of possible words, and the rule by which it was truncated."""
    top_k, top_p = ((history or {}).get(name) for name in ("top_k", "top_p"))
    return {
        "possible": bound_of(history),
        "top_k": top_k if type(top_k) is int and top_k > 0 else None,
        "top_p": top_p if isinstance(top_p, float) and 0 < top_p <= 1 else None,
    }


def bound_of(history: dict[str, Any] | None) -> float | None:
    """The probability above which the letters of possible words were, where a language model was asked about these."""
    least = (history or {}).get("possible")
    return least if isinstance(least, float) and 0 < least < 1 else None


def random_words(options: Namespace, teacher: Teacher, count: int) -> Words:
    """Words as an extraction draws them."""
    return WordSource(own_stream(options), teacher, []).invent(count)


def check_picture(out: Path | None) -> None:
    """Raise InputError if a picture cannot be written there; None for none."""
    if out is None:
        return
    if out.suffix.lower() not in PICTURES:
        raise InputError(f"the picture is written to a file that ends in {', '.join(PICTURES)}, not to {out}")
    check_writable(out)
    check_output(out)


def drawn_to(out: Path, figure_of: Any, answer: dict[str, Any]) -> str:
    """Write the picture of what has a `plot`, note its place in the answer, and say so."""
    with uninterrupted():
        from nerode.eval.plots.figures import picture  # here, because matplotlib takes long to import

        write_whole(out, picture(figure_of.plot(), out.suffix.lower()[1:]))
    answer["out"] = str(out)
    return f"Picture in {out}."


def own_stream(options: Namespace) -> np.random.Generator:
    """Random numbers of its own: the words of an extraction with the same seed were seen in learning."""
    return np.random.default_rng([options.seed, 1])


def rewrite(options: Namespace, settings: DrawingSettings | None, suffixes: tuple[str, ...], status: Status) -> Answer:
    """Read an automaton and write it in the format that the suffix of --out asks for."""
    if suffixes and options.out.suffix.lower() not in suffixes:
        raise InputError(f"a drawing is written to a file that ends in {', '.join(suffixes)}, not to {options.out}")
    check_suffix(options.out)
    check_writable(options.out)
    check_output(options.out)
    automaton = loaded(options.automaton, status)
    automaton.save(options.out, settings, load_metadata(options.automaton))
    return rewritten(options, automaton)


def rewritten(options: Namespace, automaton: Automaton) -> Answer:
    """What is said of an automaton that was written to --out."""
    answer = {"automaton": str(options.automaton), "out": str(options.out), "type": automaton.kind, "states": automaton.states}
    return DONE, answer, f"{automaton!r}\nwritten to {options.out}"
