"""Words of several kinds to judge an automaton on: each kind shows errors that the others hide.

Uniform words are rarely in a sparse language, given words are rarely anything but typical, and both hardly ever look like nearly
right words. Each kind is drawn anew, so that its words are independent of those of the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.diagram import counted
from nerode.automata.drawn_words import draw_words
from nerode.automata.nested_words import NestedWords
from nerode.automata.vpa import VPA
from nerode.domains import domain_of
from nerode.errors import InputError
from nerode.extraction.source import LONGEST_OF_MODEL, WordSource
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, Binary
from nerode.protocols import Teacher, own_words_of
from nerode.sampling import misspell, sample_words, substituted, uniform_words
from nerode.words import Word, Words

LONGEST_NESTED = 60  # letters of words of an automaton with a stack
TRIES = 4  # uniform words that are tried for each accepted word that is wanted


@dataclass(frozen=True)
class Drawn:
    """Words of one kind.

    Parameters
    ----------
    words : none where the kind cannot be drawn
    means : what they are, in words, or else why there are none
    """

    words: list[Word]
    means: str


class WordKinds:
    """Draws words of each kind for a student and its teacher, which are comparable.

    No word is longer than the teacher reads.

    Parameters
    ----------
    given : the user's words; may be empty. Random words then have their lengths

    Raises
    ------
    InputError : the teacher reads none of the given words
    """

    def __init__(self, rng: np.random.Generator, student: Teacher, teacher: Teacher, given: Words) -> None:
        self._rng, self._student, self._teacher = rng, student, teacher
        self._letters = len(teacher.alphabet)
        self._source = WordSource(rng, teacher, given)
        self._longest = LONGEST_OF_MODEL if self._source.room is None else min(LONGEST_OF_MODEL, self._source.room)

    def draw(self, name: str, count: int) -> Drawn:
        """Return words of the kind `name` in `KINDS`: `count`, or fewer where there are not so many."""
        drawn = KINDS[name](self, count)
        room = self._source.room
        words = [word for word in drawn.words if room is None or len(word) <= room]
        return Drawn(words, drawn.means) if words or not drawn.words else Drawn([], f"the network reads none of {drawn.means}")

    def given(self, count: int) -> Drawn:
        """Return given words, drawn without replacement."""
        words = self._source.given
        if not words:
            return Drawn([], "no words were given")
        chosen = [words[i] for i in self._rng.permutation(len(words))[:count].tolist()]
        return Drawn(chosen, " ".join(["words given.", *self._source.left_out]) if self._source.left_out else "words given")

    def uniform(self, count: int) -> Drawn:
        """Return random words as `nerode eval` draws them; where a language model would draw them itself, uniform ones."""
        source = self._source
        if not source.invented or domain_of(self._teacher) is not None:
            return Drawn(source.invent(count), source.random_like)
        means = f"random words of 0 to {source.lengths.max()} letters"
        if self._teacher.link.task == LANGUAGE_MODEL or own_words_of(self._teacher):
            return Drawn(uniform_words(self._rng, self._letters, self._rng.choice(source.lengths, count)), means)
        return Drawn(source.invent(count), f"{means}, half of them with a run of a few letters")

    def mutated(self, count: int) -> Drawn:
        """Return words with one or two letters substituted, inserted or deleted: of accepted, given or random words."""
        begun = Drawn([], "")
        for kind in ((self._accepted,) if self._teacher.link.task == CLASSIFIER else ()) + (self.given, self.uniform):
            begun = begun if begun.words else kind(count)
        chosen = [begun.words[i] for i in self._rng.integers(len(begun.words), size=count).tolist()]
        means = f"words one or two letters away from {begun.means}"
        if domain_of(self._teacher) is not None:
            return Drawn(substituted(self._rng, chosen, self._letters), means)
        return Drawn(misspell(self._rng, chosen, self._letters), means)

    def automaton(self, count: int) -> Drawn:
        """Return words drawn from the automaton: a DFA's or a VPA's accepted ones, or those of a distribution of words."""
        if isinstance(self._student, DFA | VPA):
            return self._accepted(count)
        if self._teacher.link.task == LANGUAGE_MODEL:
            with np.errstate(all="ignore"):  # a weighted automaton may overflow on a long word
                words = sample_words(self._rng, self._student, count, self._longest)
            return Drawn(words, f"words that the automaton draws, cut after {self._longest} letters")
        return Drawn([], "the scores of this automaton are no probabilities of words, so it draws none")

    def network(self, count: int) -> Drawn:
        """Return words that a language model draws, or that a network of two classes accepts; it is asked about more then."""
        if self._teacher.link.task == LANGUAGE_MODEL:
            words = sample_words(self._rng, self._teacher, count, self._longest)
            return Drawn(words, f"words that the network draws, cut after {self._longest} letters")
        if not isinstance(self._teacher.link, Binary):
            return Drawn([], "only language models draw words, and only networks of two classes accept some")
        tried = self.draw("uniform", count).words + self.draw("mutated", count).words
        tried = [tried[i] for i in self._rng.permutation(len(tried)).tolist()]
        words = self._those_of_class_1(self._teacher, tried)[:count]
        tries = counted(len(tried), "random or mutated word")
        return Drawn(words, f"those of {tries} that the network accepts" if words else f"the network accepts none of {tries}")

    def _accepted(self, count: int) -> Drawn:
        """Return words that the student accepts; of several classes, words of all classes."""
        if isinstance(self._student, DFA):
            return self._of_classes(self._student, count)
        if isinstance(self._student, VPA):
            return self._nested(self._student, count)
        if not isinstance(self._student.link, Binary):
            return self.uniform(count)
        words = self._those_of_class_1(self._student, self.uniform(TRIES * count).words)[:count]
        return Drawn(words, "random words that the automaton accepts")

    def _of_classes(self, dfa: DFA, count: int) -> Drawn:
        lengths = self._rng.choice(self._source.lengths, count)
        classes, words = ([1] if dfa.classes == 2 else range(dfa.classes)), []
        for place, label in enumerate(classes):
            try:
                words += draw_words(self._rng, dfa, label, lengths[place :: len(classes)])
            except InputError:  # no word has this class
                continue
        if dfa.classes > 2:
            return Drawn(words, f"words that the automaton gives each of its {dfa.classes} classes")
        return Drawn(words, "words that the automaton accepts" if words else "the automaton accepts no word")

    def _nested(self, vpa: VPA, count: int) -> Drawn:
        longest = min(LONGEST_NESTED, int(self._source.lengths.max()))
        words = NestedWords(vpa, longest, longest // 2)
        lengths = np.minimum(self._rng.choice(self._source.lengths, count), longest)
        accepted = words.draw(self._rng, self._rng.integers(0, lengths // 2 + 1), lengths, vpa.accepting)
        said = f"words of at most {longest} letters that the automaton accepts, of all depths"
        return Drawn(accepted, said if accepted else "the automaton accepts no word")

    def _those_of_class_1(self, function: Teacher, words: Words) -> list[Word]:
        with np.errstate(all="ignore"):
            labels = function.link.labels(function.scores(words))
        return [words[i] for i in np.flatnonzero(labels == 1).tolist()]


KINDS: dict[str, Callable[[WordKinds, int], Drawn]] = {
    "given": WordKinds.given,
    "uniform": WordKinds.uniform,
    "mutated": WordKinds.mutated,
    "automaton": WordKinds.automaton,
    "network": WordKinds.network,
}
