"""Words on which an automaton and its teacher disagree, found by search: the shortest ones, and the worst ones.

Samples show how often two functions disagree. Of an automaton that errs once in a thousand words they show one word or none. The
search looks at the shortest words, at words around the states of a DFA, at words of several kinds, and then climbs: it changes a
letter of the worst words so far, and keeps what is worse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.diagram import counted
from nerode.automata.operations import access_words, reachable
from nerode.domains import Domain, domain_of
from nerode.errors import InputError
from nerode.eval.apart import Answers, compared, means_of
from nerode.eval.columns import CELLS
from nerode.eval.comparable import comparable
from nerode.eval.drawn import WordKinds
from nerode.eval.outcomes import NONE
from nerode.eval.tracing import trace
from nerode.links import CLASSIFIER
from nerode.plain import finite
from nerode.protocols import Teacher, longest_of
from nerode.sampling import misspell, substituted
from nerode.words import Word, all_words, shortlex

SHOWN = 10  # words of each list
END = "end of the word"
LONGEST = 100  # letters of the longest of the shortest words; only one letter has so few words
QUERIES = 20_000
TRACED = 10  # one part in so many of the queries is kept for the prefixes of the words that are shown
ROUNDS = 5  # of climbing
TRIES = 4  # changed words that are drawn for each that is asked: some have been asked before
KEPT = 32  # words that a round of climbing begins with
SAMPLED = ("given", "uniform", "mutated", "automaton")


@dataclass(frozen=True)
class Disagreement:
    """A word to which an automaton and its teacher answer differently.

    Parameters
    ----------
    word : its letters
    text : the same as text
    automaton, teacher : both answers, as numbers; see `Disagreements.means`. None where an answer is no finite number
    labels : both classes, or both likeliest next symbols; None for values, and of a class that is no number
    symbol : the next symbol whose probabilities the answers are; None for other tasks
    size : how much they disagree; None where it is infinite
    parts_at : the number of letters after which the classes first part; None for other tasks, and where this was not asked
    """

    word: Word
    text: str
    automaton: float | None
    teacher: float | None
    labels: tuple[int | None, int | None] | None
    symbol: str | None
    size: float | None
    parts_at: int | None


@dataclass(frozen=True)
class Disagreements:
    """What a search for disagreements has found.

    Parameters
    ----------
    means : what the answers are, and what counts as a disagreement, in words
    shortest : the first of them in shortlex order
    worst : those of the largest size, the worst first; a classifier disagrees most where both are most confident. Of the words
        that climbing made of one, the worst stands for all
    asked : the words that the teacher was asked, with the prefixes of those that are shown
    found : search -> of its words that no search before had asked, how many it asked, and on how many they disagree
    """

    means: str
    shortest: tuple[Disagreement, ...]
    worst: tuple[Disagreement, ...]
    asked: int
    found: Mapping[str, tuple[int, int]]

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON; words are lists of symbol indices beside their text."""
        lists = {name: [asdict(one) | {"word": list(one.word)} for one in getattr(self, name)] for name in ("shortest", "worst")}
        found = {name: {"asked": asked, "disagree": apart} for name, (asked, apart) in self.found.items()}
        return finite({"means": self.means, **lists, "asked": self.asked, "found": found})  # type: ignore[no-any-return]

    def __str__(self) -> str:
        lines = [f"{self.means}; {counted(self.asked, 'word')} asked"]
        lines += [f"{name}: {apart:,} of {counted(asked, 'word')} disagree" for name, (asked, apart) in self.found.items()]
        for title, ones in (("shortest", self.shortest), ("worst", self.worst)):
            lines += [f"{title}:", *(f"  {_line(one)}" for one in ones)] if ones else [f"{title}: none"]
        return "\n".join(lines)


def disagreements(
    automaton: Automaton,
    teacher: Teacher,
    rng: np.random.Generator,
    given: Iterable[Any] = (),
    queries: int = QUERIES,
    known: Iterable[Any] = (),
) -> Disagreements:
    """Return words on which an automaton and its teacher disagree; none is no proof that there are none.

    Half of the queries go to the shortest words, and of a DFA half of these to words around its states. A quarter goes to given,
    uniform, mutated and automaton-drawn words (`nerode.eval.drawn`), and the rest to climbing. Where words have one length, the
    first half are words like the rows that it was trained on. The same seed gives the same answer.

    Parameters
    ----------
    given : words like those that matter; random words then have their lengths, and mutated ones are near them
    known : words that are asked first, such as counterexamples that refuted other automata
    queries : the words that the teacher is asked at most, each once, with the prefixes that say where classes part

    Raises
    ------
    InputError : fewer than 20 queries, unknown symbols, two functions that are not of one kind, or an answer of the teacher that
        is not a number
    """
    if queries < 2 * TRACED:
        raise InputError(f"a search needs at least {2 * TRACED} queries, not {queries}")
    student, checked = comparable(automaton, teacher)
    classifies = checked.link.task == CLASSIFIER
    domain = domain_of(checked) or domain_of(student)  # words of one length, whose prefixes are none
    traced = queries // TRACED if classifies and domain is None else 0
    search = _Search(student, checked, queries - traced)
    search.ask("counterexamples", checked.alphabet.words(known), search.left // 4)
    share = search.left // 4
    endings = partial(all_words, search.letters, min(LONGEST, queries if search.longest is None else search.longest))
    if isinstance(student, DFA):
        search.ask("around states", _around_states(student, endings()), share)
    depth = 0
    if domain is not None:
        search.ask("uniform", domain.draw(rng, 2 * share), 2 * share - search.asked)
    else:
        depth = search.ask("shortest", endings(), 2 * share - search.asked)
    kinds = WordKinds(rng, student, checked, checked.alphabet.words(given))
    part = max(1, share // len(SAMPLED))
    for name in SAMPLED:
        search.ask(name, kinds.draw(name, part).words, part)
    _climb(search, rng, depth, domain)
    lists = [search.shortest(), search.worst()]
    parts = _parts(automaton, teacher, list(dict.fromkeys(word for words in lists for word in words)), traced)
    shortest, worst_ones = (tuple(search.shown(word, parts.get(word)) for word in words) for words in lists)
    asked = search.asked + sum(len(word) + 1 for word in parts)
    return Disagreements(means_of(checked), shortest, worst_ones, asked, search.found)


class _Search:
    """Asks each word once, and keeps the answers."""

    def __init__(self, student: Teacher, teacher: Teacher, queries: int) -> None:
        self._student, self._teacher = student, teacher
        self._known: dict[Word, tuple[Answers, int]] = {}  # the answers, and the row of the word in them
        self._roots: dict[Word, Word] = {}
        self.longest = longest_of(teacher)
        self.letters = len(teacher.alphabet)
        self.left = queries
        self.found: dict[str, tuple[int, int]] = {}

    @property
    def asked(self) -> int:
        return len(self._known)

    def ask(self, name: str, words: Iterable[Word], most: int) -> int:
        """Ask the first `most` words that are new, short enough, and within the queries; return the letters of the longest."""
        new = list(islice(self._new(words), min(most, self.left)))
        asked, apart = self.found.get(name, (0, 0))
        step = max(1, CELLS // self._teacher.width)
        for begin in range(0, len(new), step):
            part = new[begin : begin + step]
            answers = compared(self._student, self._teacher, part)
            self._known |= {word: (answers, row) for row, word in enumerate(part)}
            apart += int(answers.apart.sum())
        self.left -= len(new)
        self.found[name] = asked + len(new), apart
        return max(map(len, new), default=0)

    def shortest(self) -> list[Word]:
        """Return the first words, in shortlex order, on which they disagree."""
        return sorted((word for word, (answers, row) in self._known.items() if answers.apart[row]), key=shortlex)[:SHOWN]

    def worst(self) -> list[Word]:
        """Return the words on which they disagree most, of those that one word was changed to only the worst."""
        first: dict[Word, Word] = {}
        for word in self.ranked():
            if self._differ(*self._known[word]):
                first.setdefault(self.root(word), word)
        return list(first.values())[:SHOWN]

    def root(self, word: Word) -> Word:
        """Return the word that climbing began with to find another."""
        return self._roots.get(word, word)

    def ask_changed(self, name: str, words: list[Word], begun: list[Word], most: int) -> None:
        """Ask words that others, which are known, were changed to."""
        for word, before in zip(words, begun, strict=True):
            if word not in self._known:
                self._roots.setdefault(word, self.root(before))
        self.ask(name, words, most)

    def ranked(self) -> list[Word]:
        """Return all words, those of the largest sizes first."""
        return [
            word for *_, word in sorted((-answers.sizes[row], len(word), word) for word, (answers, row) in self._known.items())
        ]

    def shown(self, word: Word, parts_at: int | None) -> Disagreement:
        """Return what is known of a word."""
        answers, row = self._known[word]
        labels = None
        if answers.labels is not None:
            student, teacher = answers.labels[row].tolist()
            labels = None if student == NONE else student, teacher
        ours, theirs = finite(answers.numbers[row].tolist())
        size = finite(float(answers.sizes[row]))
        alphabet = self._teacher.alphabet
        symbol = None if answers.symbols is None else (*alphabet, END)[int(answers.symbols[row])]
        return Disagreement(word, alphabet.text(word), ours, theirs, labels, symbol, size, parts_at)

    def _differ(self, answers: Answers, row: int) -> bool:
        return bool(answers.apart[row] or answers.sizes[row] > 0)

    def _new(self, words: Iterable[Word]) -> Iterator[Word]:
        met: set[Word] = set()
        for word in words:
            if word not in self._known and word not in met and (self.longest is None or len(word) <= self.longest):
                met.add(word)
                yield word


def _climb(search: _Search, rng: np.random.Generator, depth: int, domain: Domain | None) -> None:
    """Spend the queries that are left on the worst words with a letter changed, round by round.

    A round begins with words of `depth` letters or more, where there are any: the neighbours of shorter ones have been asked.
    """
    changed: set[Word] = set()
    for left in range(ROUNDS, 0, -1):
        ranked = [word for word in search.ranked() if word not in changed]
        worst = ([word for word in ranked if len(word) >= depth] or ranked)[:KEPT]
        if not worst:
            break
        changed.update(worst)
        budget = search.left // left
        begun = worst * (1 + TRIES * budget // len(worst))
        if domain is None:
            search.ask_changed("climbing", misspell(rng, begun, search.letters, 1), begun, budget)
            continue
        tried = zip(substituted(rng, begun, search.letters), begun, strict=True)
        pairs = [(word, before) for word, before in tried if domain.holds(word)]
        search.ask_changed("climbing", [word for word, _ in pairs], [before for _, before in pairs], budget)


def _around_states(dfa: DFA, endings: Iterable[Word]) -> Iterator[Word]:
    """Yield the access words of all states with each of the endings."""
    access = access_words(reachable(dfa))
    return (word + ending for ending in endings for word in access)


def _parts(automaton: Automaton, teacher: Teacher, words: list[Word], queries: int) -> dict[Word, int | None]:
    """Return where the classes of words part, of as many as there are queries for all of their prefixes."""
    asked = np.cumsum([len(word) + 1 for word in words])
    traced = words[: int(np.searchsorted(asked, queries, side="right"))]
    if not traced:
        return {}
    return {word: run.parts_at for word, run in zip(traced, trace(automaton, traced, teacher), strict=True)}


def _line(one: Disagreement) -> str:
    numbers = " and ".join("no number" if number is None else f"{number:.4g}" for number in (one.automaton, one.teacher))
    labels = ""
    if one.labels is not None:
        labels = " ({} and {})".format(*("none" if label is None else label for label in one.labels))
    parts = "" if one.parts_at is None else f", they part after {counted(one.parts_at, 'letter')}"
    symbol = "" if one.symbol is None else f" for {one.symbol}"
    return f"{one.text}: {numbers}{symbol}{labels}{parts}"
