"""State merging of labelled words by AALpy: the words become a tree, and states of the tree are merged while no label forbids it.

AALpy (Muškardin and others: AALpy: an active automata learning library, Innovations in Systems and Software Engineering 18,
2022) merges; what is here looks at the limits meanwhile and makes a DFA of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.operations import minimise
from nerode.errors import InputError, first_line
from nerode.extraction.meter import Meter
from nerode.extraction.method import Method, Task, constant_dfa
from nerode.extraction.passive.samples import Labelled, leave_sizes, of_labelled
from nerode.links import CLASSIFIER, Multiclass
from nerode.protocols import Teacher
from nerode.words import Alphabet

COMPARED = 5e-6  # seconds that a comparison of two states takes
LOOKS = 1000  # comparisons, after which the limits are looked at


@dataclass(frozen=True)
class MergingSettings:
    """Of a method that leaves nothing to choose, and that needs AALpy."""

    def check(self, teacher: Teacher) -> None:
        """Refuse where there is no AALpy.

        Raises
        ------
        InputError : there is none
        """
        need_aalpy()


def need_aalpy() -> None:
    """Refuse where AALpy is not installed, or is too old.

    Raises
    ------
    InputError : that is so
    """
    try:
        import aalpy.learning_algs.general_passive.GeneralizedStateMerging  # noqa: F401
    except ImportError as error:
        raise InputError(f'this method takes AALpy 2, an extra: pip install "nerode[aalpy]" ({first_line(error)})') from error


def watched(meter: Meter) -> Callable[[], None]:
    """Return what is called at each comparison of two states: it counts them as work and looks at the limits now and then."""
    compared = 0

    def look() -> None:
        nonlocal compared
        compared += 1
        if compared % LOOKS == 0:
            meter.effort += LOOKS * COMPARED
            meter.check()

    return look


def merging(evidence: bool) -> Method:
    """Return the method that merges states.

    Parameters
    ----------
    evidence : whether of all merges the one is done that most labels speak for (EDSM), and not the first possible one (RPNI)
    """

    def rounds(task: Task) -> Generator[Automaton, None, str]:
        link = task.teacher.link
        classes = task.teacher.width if isinstance(link, Multiclass) else 2
        task.ledger.decidable = True  # samples end, and a larger DFA of few words is no sign that the next one is worse

        def learn(sample: Labelled) -> DFA:
            return merged(sample, task.teacher.alphabet, classes, evidence, watched(task.meter))

        return (yield from of_labelled(task, learn))

    return Method(
        (CLASSIFIER,), rounds, longest=20, frugality=0.01, constant=constant_dfa, smaller=leave_sizes, settings=MergingSettings
    )


def merged(sample: Labelled, alphabet: Alphabet, classes: int, evidence: bool, look: Callable[[], None]) -> DFA:
    """Return a minimal DFA that has all the labels of the sample.

    Where no word of the sample goes on from a state with some letter, the letter leads to a sink with the sample's most frequent
    class: nothing more is known there than of any word. States that no label speaks of have this class too.

    Parameters
    ----------
    look : is called at each comparison of two states
    """
    from aalpy.learning_algs.general_passive.GeneralizedStateMerging import run_GSM
    from aalpy.learning_algs.general_passive.GsmNode import unknown_output

    order = sorted(range(len(sample.words)), key=lambda i: (len(sample.words[i]), sample.words[i]))
    labels = sample.labels.tolist()
    root = run_GSM(
        [(sample.words[i], labels[i]) for i in order],
        output_behavior="moore",
        transition_behavior="deterministic",
        score_calc=_scoring(evidence, look),
        consider_only_min_blue=not evidence,
        data_format="labeled_sequences",
        convert=False,
    )
    nodes = root.get_all_nodes()
    number = {node: i for i, node in enumerate(nodes)}
    sink = len(nodes)
    transitions = np.full((sink + 1, len(alphabet)), sink)
    found = np.full(sink + 1, np.bincount(sample.labels).argmax())
    for node, i in number.items():
        if node.get_prefix_output() is not unknown_output:
            found[i] = node.get_prefix_output()
        for letter, _, after in node.transition_iterator():
            transitions[i, letter] = number[after]
    return minimise(DFA(alphabet, transitions, found, classes=classes))


def _scoring(evidence: bool, look: Callable[[], None]) -> Any:
    """AALpy's way to choose among merges, which calls `look`."""
    from aalpy.learning_algs.general_passive.GsmNode import unknown_output
    from aalpy.learning_algs.general_passive.ScoreFunctionsGSM import ScoreCalculation

    class Watched(ScoreCalculation):  # type: ignore[misc]
        def local_compatibility(self, one: Any, other: Any) -> bool:
            look()
            return True

        def promotion_score(self, candidate: Any) -> Any:
            look()
            return super().promotion_score(candidate)

        def score_function(self, partition: dict[Any, Any]) -> Any:
            if not evidence:
                return super().score_function(partition)
            told = [block for node, block in partition.items() if node.get_prefix_output() is not unknown_output]
            return len(told) - len({id(block) for block in told})

    return Watched()
