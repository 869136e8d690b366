"""Making networks by their recipes, each a whole folder or none: an interrupted run goes on where it was."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from math import exp
from pathlib import Path
from typing import Any

import numpy as np

from nerode.datasets.cards import FILES, DataSet
from nerode.datasets.collection import MLREGTEST, dataset, known_language
from nerode.datasets.sample_files import read_sample
from nerode.datasets.samples import Sample
from nerode.datasets.splitting import class_weights, majority_accuracy, perplexity
from nerode.domains import domain_of_words
from nerode.errors import InputError
from nerode.eval.difficulty import EFFORT, difficulty
from nerode.files import PathLike
from nerode.links import Binary, Link, Multiclass, NextSymbol
from nerode.protocols import Teacher
from nerode.stepping import prefix_scores
from nerode.teachers import directory
from nerode.teachers.architectures import TrainingSettings
from nerode.teachers.examples import Examples
from nerode.teachers.model import TrainedModel
from nerode.teachers.stopping import INTERRUPTED
from nerode.teachers.training import TrainingReport, train
from nerode.version import __version__
from nerode.words import Words
from nerode.zoo.networks import card_of, is_made, write_card
from nerode.zoo.recipes import Recipe

FEW = 300  # held-out words, below which 1 % of them means little
LEARNED = 0.99  # accuracy on validation words, below which a network that may begin again does
PLATEAU = 4  # the training of a language model ends after one in so many of its steps without improvement

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What became of a recipe.

    Attributes
    ----------
    name : of the network
    seconds : that it took; None where nothing was made
    skipped : why nothing was made, in a sentence; None where it is there
    """

    name: str
    seconds: float | None
    skipped: str | None = None


def make_all(
    recipes: Sequence[Recipe], folder: PathLike | None, out: Path, say: Say, strict: bool = False, effort: float = EFFORT
) -> Iterator[Outcome]:
    """Make the networks that are not there yet, and yield what became of each.

    Parameters
    ----------
    folder : with the files of data sets; None for none
    out : an existing folder, where each network gets a folder of its name
    say : is told what is being done
    strict : whether a recipe that cannot be followed is an error, not skipped
    effort : of each extraction that tells how hard a network is

    Raises
    ------
    InputError : `strict`, and data are missing, an architecture is not known, or something else is where the network would be; or
        `out` cannot be written to
    KeyboardInterrupt : what was being made is left out
    """
    if strict:  # before the first is trained
        for recipe in recipes:
            if not _is_there(recipe, out / recipe.name):
                _prepared(recipe, folder)
    for recipe in recipes:
        begun = time.perf_counter()
        try:
            there = _is_there(recipe, out / recipe.name)
            prepared = None if there else _prepared(recipe, folder)
        except InputError as error:
            if strict:
                raise
            yield Outcome(recipe.name, None, str(error))
            continue
        if prepared is None:
            yield Outcome(recipe.name, None)
            continue
        make(recipe, *prepared, folder, out, say, effort)
        yield Outcome(recipe.name, time.perf_counter() - begun)


def make(
    recipe: Recipe, data: DataSet, settings: TrainingSettings, folder: PathLike | None, out: Path, say: Say, effort: float
) -> None:
    """Train the network of a recipe, measure it, and write its folder in one step.

    Raises
    ------
    InputError : a folder that cannot be written to
    KeyboardInterrupt : nothing is written
    """
    begun = time.perf_counter()
    model, report, seed = _trained(recipe, data, settings, say)
    trained = time.perf_counter()
    say(f"{recipe.name}: measuring")
    results = judged(model.teacher, data)
    truth = truth_of(data.card.language, folder)
    hard = difficulty(model.teacher, measured_on([part.words for part in data.parts]), truth, effort=effort, seed=recipe.seed)
    card = {
        "name": recipe.name,
        "recipe": asdict(recipe),
        "data": {name: getattr(data.card, name) for name in ("name", "kind", "task", "letters", "licence", "ships", "source")},
        "architecture": model.architecture,
        "parameters": model.parameters,
        "training": asdict(report) | {"seed": seed},
        "results": results,
        "difficulty": hard.to_json(),
        "seconds": {"training": trained - begun, "measuring": time.perf_counter() - trained},
        "version": __version__,
    }
    facts = {"recipe": asdict(recipe), "classes": list(data.card.classes), **results, **asdict(report), "seed": seed}
    _written(out, recipe.name, data, model, facts, card)


def judged(teacher: Teacher, data: DataSet) -> dict[str, Any]:
    """Return what a network does with held-out words, beside simple predictors, as JSON.

    Of a classifier: accuracy, that of the most frequent class, the mean over the classes, the confusion (true class, class of the
    network), and whether something was learned. Of a language model: accuracy of the next symbol, its perplexity, and those of
    unigrams and bigrams.
    """
    training, held_out = data.training, data.held_out
    if training.labels is not None and held_out.labels is not None:
        found, classes = teacher.link.labels(teacher.scores(held_out.words)), len(training.classes)
        confusion = np.zeros((classes, classes), np.int64)
        np.add.at(confusion, (held_out.labels, found), 1)
        accuracy, balanced = float(np.mean(found == held_out.labels)), float(np.mean(np.diag(confusion) / confusion.sum(axis=1)))
        return {
            "accuracy": accuracy,
            "baseline": majority_accuracy(training.labels, held_out.labels),
            "balanced": balanced,
            "confusion": confusion.tolist(),
            "learned": balanced > 1.1 / classes,
        }
    assert isinstance(teacher.link, NextSymbol)
    logs = teacher.link.log_probabilities(prefix_scores(teacher, held_out.words)[0])
    loss = -float(teacher.link.followed(logs, held_out.words).mean())
    truth = np.concatenate([[*word, len(teacher.alphabet)] for word in held_out.words])
    single, pairs = (perplexity(training.words, held_out.words, len(teacher.alphabet), order) for order in (1, 2))
    return {
        "accuracy": float(np.mean(logs.argmax(axis=1) == truth)),
        "baseline": majority_accuracy(np.concatenate([[*word, len(teacher.alphabet)] for word in training.words]), truth),
        "perplexity": exp(loss),
        "unigrams": single,
        "bigrams": pairs,
        "learned": exp(loss) < single,
    }


def measured_on(parts: Sequence[Words]) -> Words:
    """Return the words of a data set that difficulty is measured on: those held out, and the other parts where these are few.

    Parameters
    ----------
    parts : words to train on, to choose by, and held out
    """
    training, validation, held_out = parts
    return held_out if len(held_out) >= FEW else [*held_out, *validation, *training]


def truth_of(language: str | None, folder: PathLike | None) -> Teacher | None:
    """Return the known language that words come from; None where there is none, or its file is not there."""
    if language is None or (language.startswith(MLREGTEST) and folder is None):
        return None
    return known_language(language, folder, np.random.default_rng(0))


def remeasured(folder: Path, data: PathLike | None, effort: float) -> None:
    """Measure the difficulty of a network of the zoo again, and write it to its card.

    Raises
    ------
    InputError : a folder that holds no network of the zoo
    """
    card = card_of(folder)
    teacher = directory.load(folder).teacher
    words = measured_on([read_sample(folder / name, teacher.alphabet).words for name in FILES])
    truth = truth_of(card["recipe"]["data"] if card["data"]["kind"] == "language" else None, data)
    begun = time.perf_counter()
    card["difficulty"] = difficulty(teacher, words, truth, effort=effort, seed=card["recipe"]["seed"]).to_json()
    card["seconds"]["measuring"] = time.perf_counter() - begun
    write_card(folder, card)


def _is_there(recipe: Recipe, folder: Path) -> bool:
    """Return whether the network of a recipe is in its folder.

    Raises
    ------
    InputError : what is there is something else, or was made by another recipe
    """
    if not is_made(folder):
        if os.path.lexists(folder):
            raise InputError(f"{folder} is there, and is no network of a zoo; move it away")
        return False
    if card_of(folder)["recipe"] != asdict(recipe):
        raise InputError(f"the network in {folder} was made by another recipe; delete the folder to make it again")
    return True


def _prepared(recipe: Recipe, folder: PathLike | None) -> tuple[DataSet, TrainingSettings]:
    """Return the data and the settings of a recipe.

    Raises
    ------
    InputError : data that are missing, or an architecture that is not known
    """
    settings = TrainingSettings(
        recipe.arch, recipe.hidden, recipe.layers, recipe.bidirectional, max_steps=recipe.steps,
        weight_decay=recipe.weight_decay,
    )  # fmt: skip
    return dataset(recipe.data, folder, letters=recipe.letters), settings


def _trained(recipe: Recipe, data: DataSet, settings: TrainingSettings, say: Say) -> tuple[TrainedModel, TrainingReport, int]:
    """Return the network of a recipe, the report of its training, and its seed: the best of as many as the recipe allows."""
    tries: list[tuple[TrainedModel, TrainingReport, int]] = []
    for seed in range(recipe.seed, recipe.seed + recipe.tries):
        tries.append((*_from_seed(recipe, data, settings, say, seed), seed))
        if data.training.labels is None or tries[-1][1].accuracy >= LEARNED:
            break
    return max(tries, key=lambda made: made[1].accuracy)


def _from_seed(
    recipe: Recipe, data: DataSet, settings: TrainingSettings, say: Say, seed: int
) -> tuple[TrainedModel, TrainingReport]:
    training, letters = data.training, len(data.alphabet)
    lengths = {len(word) for part in data.parts for word in part.words}
    settings = replace(settings, length=lengths.pop() if len(lengths) == 1 else None)
    link: Link = NextSymbol(letters)
    if training.labels is not None:
        link = Binary() if len(training.classes) == 2 else Multiclass()
        settings = replace(settings, class_weights=class_weights(training.labels, len(training.classes)))
    else:  # epochs of few words are short, and say little
        settings = replace(settings, plateau=recipe.steps // PLATEAU)
    model, report = train(
        data.alphabet, link, _examples(training), _examples(data.validation), settings, np.random.default_rng(seed),
        lambda done, total, message: say(f"{recipe.name}: step {done:,} of at most {total:,}, {message}"),
    )  # fmt: skip
    if report.stopped == INTERRUPTED:
        raise KeyboardInterrupt
    if settings.length is not None and training.labels is not None:
        model = replace(model, domain=domain_of_words(training.words, training.labels, letters))
    return model, report


def _examples(sample: Sample) -> Examples:
    return Examples(sample.words, sample.labels)


def _written(out: Path, name: str, data: DataSet, model: TrainedModel, facts: dict[str, Any], card: dict[str, Any]) -> None:
    """Write a folder under another name and give it its own at the end."""
    unfinished = out / f".{name}.unfinished"
    try:
        if unfinished.is_dir():  # of a run that was killed
            shutil.rmtree(unfinished)
        unfinished.mkdir()
        directory.save(unfinished, model, facts)
        data.save(unfinished)
        write_card(unfinished, card)
        unfinished.rename(out / name)
    except OSError as error:
        raise InputError(f"cannot write the network {name} to {out}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
