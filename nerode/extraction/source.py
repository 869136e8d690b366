"""Where the words of an extraction come from."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from copy import copy
from itertools import chain

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.diagram import counted
from nerode.automata.drawn_words import draw_near_classes
from nerode.automata.operations import access_words
from nerode.domains import domain_of
from nerode.errors import InputError
from nerode.links import CLASSIFIER, LANGUAGE_MODEL
from nerode.protocols import Teacher, is_closed, longest_of, own_words_of
from nerode.sampling import crossed, extend, lengths_like, sample_words, uniform_words, words_with_runs
from nerode.words import BoolArray, FloatArray, IntArray, Word, Words

OWN, OWN_WORDS = "words that the model draws (half of them changed)", 4000
LENGTHS = 2000  # that stand for those of given words
LONGEST_OF_MODEL = 100  # letters at which words that a language model draws from itself are cut
FARTHEST = 1000  # letters of the longest words that are drawn, and of the beginnings of given ones whose prefixes are learned
FAR_LONGER = 10  # times the median length: words that are longer, and longer than FARTHEST, are left out under a limit on time
LEAST = 100  # words to weigh hypotheses on, however few are given
AROUND_BATCH = 1000  # words near the classes of an automaton that are drawn at a time
PORTION = 4096  # words that are drawn at a time, where nobody knows how many will be needed
SHARE = 8  # of the queries, that the letters of one draw of words from a language model may cost at most


class WordSource:
    """Draws words like the given ones; where none are given, words that a teacher of this kind is likely to tell apart.

    A language model draws words from itself. A teacher that was trained on words of one length has a domain that draws them, and
    others may know how to draw words that matter (`own_words_of`). For the rest one part of the words has uniform letters;
    another has runs of a few letters, since what repetition and absence do hardly shows in uniform words. No word has more
    letters than the teacher reads.

    Parameters
    ----------
    teacher : a language model is asked what follows; the others are not asked
    given : the user's words; may be empty. What is left of them when some are kept is in `self.given`
    longest : letters of the words that are drawn where none are given
    queries : how many the teacher may be asked in all; a language model then gives fewer words than are wanted
    hurried : whether there is a limit on time: reading a single word of far more letters takes as long as reading all others
    near : whether words that are drawn beside given ones are made of these, and do not have uniform letters

    Attributes
    ----------
    lengths : of words like those that matter; FARTHEST at most
    room : letters of the longest words that the teacher reads; None for no limit
    cut : letters at which words that a language model draws are cut
    random_like : what random words are like, where words were given
    left_out : which of the given words are not used, and why, in sentences, or in none

    Raises
    ------
    InputError : the teacher reads none of the given words
    """

    def __init__(
        self,
        rng: np.random.Generator,
        teacher: Teacher,
        given: Words,
        longest: int = 20,
        queries: int | None = None,
        hurried: bool = False,
        near: bool = False,
    ) -> None:
        self._rng = rng
        self._near = near
        self._own = own_words_of(teacher)
        self._teacher = teacher
        self._letters = len(teacher.alphabet)
        self.room = longest_of(teacher)
        read = [word for word in given if self.room is None or len(word) <= self.room]
        self.left_out: list[str] = []
        if len(read) < len(given):
            left = counted(len(given) - len(read), "given word")
            self.left_out = [f"Left out: {left} of more than {self.room:,} letters, since the network does not read so many."]
            if not read:
                raise InputError(f"the network reads words of at most {self.room} letters, and all given words are longer")
        used = _of_like_lengths(read) if hurried else read
        most = max(map(len, used), default=0)
        if len(used) < len(read):
            left = counted(len(read) - len(used), "given word")
            why = "it would take too much of the limit on time to read what is far longer than the others"
            self.left_out += [f"Left out: {left} of more than {most:,} letters, since {why}."]
        self._domain = domain_of(teacher)
        exact = self._domain is not None and set(map(len, used)) == {self._domain.length}
        limits = f" of {'' if exact else 'at most '}{most:,} letters"
        self._like = f"words like those given{limits if self.left_out or self.room is not None else ''}, each counted once,"
        short = f" up to {FARTHEST:,} letters" if most > FARTHEST else limits if self.room is not None else ""
        random = f"random words as long as those given{short}" if self._domain is None else self._domain.means
        self.random_like = f"words made of parts of those given{short}" if near else random
        longest = longest if self.room is None else min(longest, self.room)
        self._used = used
        self._copies = near and teacher.link.task == LANGUAGE_MODEL  # how often words occur is learned
        order = rng.permutation(len(used)).tolist() if self._copies else []
        self.given = [used[i] for i in order] if self._copies else _apart(rng, used)
        drawn = np.arange(longest + 1) if self._domain is None else np.array([self._domain.length])
        self.lengths: IntArray = self._lengths(used) if given else drawn
        self.invented = not given
        cut = LONGEST_OF_MODEL if queries is None else longest
        self.cut = cut if self.room is None else min(cut, self.room)  # letters at which a model's words are cut
        draws = self.invented and (teacher.link.task == LANGUAGE_MODEL or self._own is not None)
        self._most = max(1, queries // (SHARE * max(1, longest))) if draws and queries is not None else sys.maxsize

    @property
    def shown(self) -> int:
        """How many words show what matters: the given ones that are left and as many random ones, or those of a teacher."""
        return 2 * len(self.given) if not self.invented else OWN_WORDS if self._own else 0

    def keep(self, count: int, part: float) -> list[Word]:
        """Words kept apart: this part of the given ones, `count` at most, which are taken out of them.

        Where none are given, `count` random ones; a single one where there are too few given ones to part. A word that is
        given more than once is never on both sides, unless near words of a language model are wanted: without copies on both
        sides, what is left would not be distributed like all.
        """
        return self._taken(count, part) or self.invent(count if self.invented else 1)

    def weighed(self, count: int, part: float) -> tuple[list[Word], FloatArray]:
        """`count` words at most that hypotheses are weighed on, and their weights (n,), 1 on average.

        Where none are given, they are those of `keep`, and all count alike. Given words are as in `keep`, but LEAST words are
        weighed on where `count` allows: random ones fill up. For classifiers random ones always fill up to `count`, half of
        which they are at least. The two kinds then have equal weights in all, however many there are of each; but LEAST / 2
        given words are needed for that, and fewer have as much less weight.
        """
        if self.invented:
            words = self.keep(count, part)
            return words, np.ones(len(words))
        given = self._taken(count // 2 if self._both else count, part)
        wanted = count if self._both else max(len(given), min(count, LEAST))
        words = given + self.invent(wanted - len(given))
        weights = np.ones(len(words))
        if self._both and given:
            share = min(0.5, len(given) / LEAST)
            weights[: len(given)] *= share * len(words) / len(given)
            weights[len(given) :] *= (1 - share) * len(words) / (len(words) - len(given))
        order = self._rng.permutation(len(words)) if self._both else np.arange(len(words))  # the first are like all
        return [words[i] for i in order.tolist()], weights[order]

    def fresh(self, count: int, part: float) -> tuple[list[Word], str]:
        """Words for the verdict on a classifier, and what they are a sample of.

        That is this part of the different given ones, `count` at most, each once; all their copies are taken out of the given
        ones. Where none are given, `count` random ones; a single one where there are too few given ones to part.
        """
        if self.invented:
            plain = OWN if self._own else f"random words of 0 to {self.lengths.max()} letters (half with runs)"
            return self.invent(count), self._domain.means if self._domain else plain
        different = list(dict.fromkeys(self.given))
        words = different[: min(count, round(part * len(different)))]
        if not words:
            return self.invent(1), self.random_like
        taken = set(words)
        self.given = [word for word in self.given if word not in taken]
        self.lengths = self._lengths(self.given or words)  # not even of these does learning know the lengths
        return words, self._like

    def learn(self, count: int) -> list[Word]:
        """`count` words to learn from: the given ones that are left, and random ones where they are too few.

        For classifiers half of them at least are random: given and random ones in turn, and then random ones.
        """
        return list(chain.from_iterable(self._portions(count, self.invent)))

    def invent(self, count: int) -> list[Word]:
        """`count` random words.

        Where words were given these are made of them, if near ones are wanted; or they have uniform letters and like lengths. A
        domain draws its own, and a teacher may. There are none where the teacher is closed.
        """
        if is_closed(self._teacher):
            return []
        if not self.invented and self._near:
            return [word[:FARTHEST] for word in crossed(self._rng, self.given or self._used, count)]
        if self._domain is not None:
            return self._domain.draw(self._rng, count)
        if self.invented and self._own:
            return self._own(self._rng, min(count, self._most), self.cut)
        if not self.invented:
            return uniform_words(self._rng, self._letters, self._draw_lengths(count))
        if self._teacher.link.task == LANGUAGE_MODEL:
            return sample_words(self._rng, self._teacher, min(count, self._most), self.cut)
        return self._of_many_kinds(count, self._draw_lengths)

    def drawn(self, count: int) -> tuple[list[Word], BoolArray]:
        """`count` words that a language model draws itself, whatever words were given, and whether each has ended (n,).

        One that has not ended is cut at `cut` letters: it is the beginning of a word.
        """
        words = sample_words(self._rng, self._teacher, count, self.cut)
        return words, np.array([len(word) < self.cut for word in words], bool)

    def different(self, count: int) -> Iterator[Word]:
        """The words of `learn`, each once, drawn when they are taken."""
        seen: set[Word] = set()
        for word in chain.from_iterable(self._portions(count, self.invent)):
            if word not in seen:
                seen.add(word)
                yield word

    def for_prefixes(self, count: int) -> Iterator[list[Word]]:
        """`count` words to learn from with all their prefixes, some thousand at a time, drawn when they are taken.

        They are as `learn` has them, but cut at FARTHEST letters, and invented ones are as long as any: so their prefixes are of
        all lengths.
        """
        if not self.invented or self._domain is not None or self._own or self._teacher.link.task == LANGUAGE_MODEL:
            return ([word[:FARTHEST] for word in portion] for portion in self._portions(count, self.invent))
        return self._portions(count, lambda number: self._of_many_kinds(number, lambda n: np.full(n, self.lengths.max())))

    def drawn_from(self, model: Teacher) -> WordSource:
        """The same source, in which an automaton of a language model draws the words, so that the model is not asked."""
        other = copy(self)
        other._teacher, other._most = model, sys.maxsize
        return other

    def far(self, count: int) -> list[Word]:
        """`count` words of uniform letters, ten times as long as the longest others, within FARTHEST and what is read."""
        length = min(10 * max(1, int(self.lengths.max())), FARTHEST, *([] if self.room is None else [self.room]))
        return uniform_words(self._rng, self._letters, np.full(count, length))

    def around(self, automaton: DFA, count: int) -> list[Word]:
        """At most `count` words that lead to the states of an automaton. None where given words or a domain say what matters.

        Random words hardly ever reach the states of a sparse language. Of these one half begins with the access word of a
        state, all states equally often, and goes on with uniform letters; the other half is drawn from the automaton's classes,
        or nearly in one. Those longer than the words that matter are left out; a network may have no room for them.
        """
        if not self.invented or self._domain is not None:
            return []
        access = access_words(automaton)
        chosen = [access[i] for i in self._rng.integers(len(access), size=count // 2).tolist()]
        longest = int(self.lengths.max())
        extended = extend(self._rng, chosen, self._letters, longest)
        drawn = draw_near_classes(self._rng, automaton, self.lengths, count - len(chosen), AROUND_BATCH)
        return [word for word in chain(extended, *drawn) if len(word) <= longest]

    def _portions(self, count: int, invent: Callable[[int], list[Word]]) -> Iterator[list[Word]]:
        """The given words that are left, and invented ones where they are too few; for classifiers at least one for each."""
        step = PORTION // 2 if self._both else PORTION
        given = self.given[: count // 2 if self._both else count]
        wanted = min(count - len(given), self._most)
        for begin in range(0, len(given), step):
            words = given[begin : begin + step]
            if self._both:
                wanted -= len(words)
                words = list(chain.from_iterable(zip(words, invent(len(words)), strict=True)))
            yield words
        for drawn in range(0, wanted, PORTION):
            yield invent(min(PORTION, wanted - drawn))

    def _taken(self, count: int, part: float) -> list[Word]:
        """This part of the given words, `count` at most, taken out of them; see `keep` for words that are given twice."""
        taken = min(count, round(part * len(self.given)))
        words, rest = self.given[:taken], self.given[taken:]
        self.given = rest if self._copies or not words else [word for word in rest if word != words[-1]]
        return words

    @property
    def _both(self) -> bool:
        """Whether random words matter as much as the given ones: a classifier that is not closed says something of any word."""
        return not self.invented and self._teacher.link.task == CLASSIFIER and not is_closed(self._teacher)

    def _of_many_kinds(self, count: int, lengths: Callable[[int], IntArray]) -> list[Word]:
        half = count // 2
        words = words_with_runs(self._rng, self._letters, lengths(half))
        words += uniform_words(self._rng, self._letters, lengths(count - half))
        return [words[i] for i in self._rng.permutation(count).tolist()]

    def _lengths(self, words: Words) -> IntArray:
        return np.minimum(lengths_like(self._rng, words, LENGTHS), FARTHEST)

    def _draw_lengths(self, count: int) -> IntArray:
        return self._rng.choice(self.lengths, count)


def _of_like_lengths(words: Words) -> Words:
    """The words but those that are far longer than most."""
    if not words:
        return words
    most = max(FARTHEST, FAR_LONGER * int(np.median([len(word) for word in words])))
    return [word for word in words if len(word) <= most]


def _apart(rng: np.random.Generator, words: Words) -> list[Word]:
    """The words in random order, but equal ones side by side."""
    copies: dict[Word, list[Word]] = {}
    for word in words:
        copies.setdefault(word, []).append(word)
    groups = list(copies.values())
    return [word for i in rng.permutation(len(groups)).tolist() for word in groups[i]]
