"""What `nerode train FILE` trains on, and how it judges the network."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import exp
from typing import Any

import numpy as np

from nerode.automata.diagram import counted
from nerode.datasets.boxed import BOXED
from nerode.datasets.collection import MLREGTEST, dataset
from nerode.datasets.entries import ENTRIES
from nerode.datasets.sample_files import read_sample
from nerode.datasets.samples import Sample, check_classes, contradictions, described
from nerode.datasets.splitting import class_weights, majority_accuracy, perplexity, split
from nerode.domains import Domain, domain_of_words
from nerode.errors import InputError
from nerode.links import Binary, Link, Multiclass, NextSymbol
from nerode.shell import tables
from nerode.shell.console import Status
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.cards import confusion
from nerode.teachers.examples import Examples
from nerode.teachers.model import TrainedModel
from nerode.teachers.training import TrainingReport
from nerode.words import Alphabet, IntArray

VALIDATION = 0.15  # share of the words to judge with
PLATEAU = 2000  # steps without improvement before a stop: networks learn to count in leaps
WEIGHT_DECAY = 0.1  # small samples are learned by heart without it
SOLID = 5e-3  # mean loss of a solid epoch, which weight decay makes larger
LONGEST_TEXT = 60  # characters of a word that is shown
NOTHING_LEARNED = "this network has learned next to nothing: try another --seed, --arch or --hidden, or give more words\n"

Judge = Callable[[TrainedModel, TrainingReport], tuple[dict[str, Any], str]]
"""Gives facts about a trained network, as JSON and as lines of text."""


@dataclass(frozen=True, eq=False)
class Task:
    """What a network is trained on, the arguments of the shell that give it, and how the network is judged."""

    alphabet: Alphabet
    link: Link
    training: Examples
    held_out: Examples
    settings: TrainingSettings
    arguments: list[str]
    judge: Judge
    domain: Domain | None = None


def task(options: Namespace, settings: TrainingSettings, rng: np.random.Generator, status: Status) -> Task:
    """The words or the table of a file, divided into words to train on and words to judge with; says how the file was read.

    Raises
    ------
    InputError : a file that cannot be used, or options that are for known languages
    """
    if options.words or options.longest:
        raise InputError(
            f"--words and --longest are for known languages, and {options.source} is a file or a table; leave them out"
        )
    validation = options.validation or VALIDATION
    label = tables.label_of(options)
    table = None if label is None else tables.read(options, label, validation, rng)
    data = _of_data_set(options) if is_data_set(options.source) else None
    if table is not None:
        sample = table.sample
    elif data is not None:
        sample = data[0]
    else:
        sample = read_sample(options.source, None if options.alphabet is None else Alphabet(options.alphabet))
    check_classes(options.source, sample)
    status.say(f"read as: {described(sample)}")
    if wrong := contradictions(sample):
        word, labels = wrong[0]
        names = " and ".join(sample.classes[label] for label in labels)
        status.say(
            f"note: {counted(len(wrong), 'word')} with more than one label, such as {sample.alphabet.text(word)} ({names})"
        )
    rows = table.rows if table is not None else data[1] if data is not None else split(rng, sample, validation)
    training, held_out = (_examples(sample, part) for part in rows)
    lengths = {len(word) for word in sample.words}
    length = None if len(lengths) > 1 else lengths.pop() or None
    settings = replace(settings, plateau=PLATEAU, weight_decay=WEIGHT_DECAY, solid=SOLID, length=length)
    facts: dict[str, Any] = {
        "words": options.source,
        "read_as": described(sample),
        "training_words": len(training.words),
        "validation_words": len(held_out.words),
    }
    arguments = ["--validation", str(validation)] if data is None else []
    arguments += [] if table is None else table.arguments
    arguments += [] if options.data is None else ["--data", str(options.data)]
    arguments += [] if options.alphabet is None else ["--alphabet", " ".join(options.alphabet)]
    if training.labels is None or held_out.labels is None:
        link: Link = NextSymbol(len(sample.alphabet))
        return Task(sample.alphabet, link, training, held_out, settings, arguments, language_model(training, held_out, facts))
    weights = class_weights(training.labels, len(sample.classes))
    if weights is not None:
        status.say(f"note: the classes are unbalanced, so a word weighs {min(weights):.2g} to {max(weights):.2g}, by its class")
    settings = replace(settings, class_weights=weights)
    facts |= {"classes": list(sample.classes), "class_weights": weights, "contradictions": len(wrong)}
    link = Binary() if len(sample.classes) == 2 else Multiclass()
    judge = classifier(sample.classes, training, held_out, facts)
    columns = () if table is None else table.columns
    letters = len(sample.alphabet)
    domain = None if length is None else domain_of_words(training.words, training.labels, letters, columns, label)
    return Task(sample.alphabet, link, training, held_out, settings, arguments, judge, domain)


def is_data_set(source: str) -> bool:
    """Return whether a name is that of a data set, and not that of a file or of a table."""
    named = source in ENTRIES or source.startswith(MLREGTEST)
    return named and source not in BOXED and not os.path.isfile(source)


def _of_data_set(options: Namespace) -> tuple[Sample, tuple[IntArray, IntArray]]:
    """The words of a data set to train on and to judge with, and which rows are which; those held out are left out.

    Raises
    ------
    InputError : a data set that cannot be read, or options that are for files
    """
    if options.validation or options.alphabet:
        raise InputError(
            f"{options.source} is a data set, with its own words to judge with; leave --validation and --alphabet out"
        )
    found = dataset(options.source, options.data, seed=options.seed)
    training, validation = found.training, found.validation
    labels = None
    if training.labels is not None and validation.labels is not None:
        labels = np.concatenate([training.labels, validation.labels])
    rows = np.arange(len(training.words) + len(validation.words))
    sample = Sample(
        [*training.words, *validation.words], labels, training.classes, found.alphabet, f"the data set {options.source}"
    )
    return sample, (rows[: len(training.words)], rows[len(training.words) :])


def _examples(sample: Sample, rows: IntArray) -> Examples:
    return Examples([sample.words[row] for row in rows.tolist()], None if sample.labels is None else sample.labels[rows])


def classifier(classes: tuple[str, ...], training: Examples, held_out: Examples, facts: dict[str, Any]) -> Judge:
    """How the network classifies held-out words, beside what the most frequent class of the training words reaches."""
    assert training.labels is not None
    assert held_out.labels is not None
    words, labels = held_out.words, held_out.labels
    baseline = majority_accuracy(training.labels, labels)

    def judge(model: TrainedModel, report: TrainingReport) -> tuple[dict[str, Any], str]:
        predicted = model.link.labels(model.teacher.scores(words))
        right = predicted == labels
        recalls = {name: float(right[labels == label].mean()) for label, name in enumerate(classes) if (labels == label).any()}
        balanced = float(np.mean(list(recalls.values())))
        worst = min(recalls, key=recalls.__getitem__)
        more = {"baseline_accuracy": baseline, "balanced_accuracy": balanced, "recalls": recalls}
        more["confusion"] = confusion(classes, labels, predicted)
        mapping = ", ".join(f"{label} is {name}" for label, name in enumerate(classes))
        return facts | more, (
            f"on {counted(len(labels), 'validation word')}: accuracy {right.mean():.1%}, the most frequent class {baseline:.1%}\n"
            f"mean over the classes: {balanced:.1%}, least for {worst}: {recalls[worst]:.1%}\n"
            f"classes of the network: {mapping}\n{NOTHING_LEARNED * (balanced <= 1.1 / len(classes))}"
        )  # fmt: skip

    return judge


def language_model(training: Examples, held_out: Examples, facts: dict[str, Any]) -> Judge:
    """How well the network predicts held-out words, beside models of single symbols and of pairs."""

    def judge(model: TrainedModel, report: TrainingReport) -> tuple[dict[str, Any], str]:
        letters = len(model.alphabet)
        single, pairs = (perplexity(training.words, held_out.words, letters, order) for order in (1, 2))
        seen = len(set(held_out.words) & set(training.words)) / len(set(held_out.words))
        more = {
            "validation_words_seen": seen,
            "perplexity": exp(report.loss),
            "unigram_perplexity": single,
            "bigram_perplexity": pairs,
        }
        return facts | more, (
            f"on {counted(len(held_out.words), 'validation word')}: perplexity {exp(report.loss):.3f} a symbol, the end included"
            f"; unigrams: {single:.3f}, bigrams: {pairs:.3f}\n"
            f"{seen:.0%} of the different validation words also occur in training\n"
            f"{NOTHING_LEARNED * (exp(report.loss) >= single)}"
        )  # fmt: skip

    return judge
