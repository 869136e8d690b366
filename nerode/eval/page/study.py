"""What a page is made from: a network, the words that automata are judged with, and how many of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nerode.automata.diagram import counted
from nerode.eval.page.amounts import Amounts
from nerode.protocols import Teacher
from nerode.words import IntArray, Words


@dataclass(frozen=True)
class Evidence:
    """The words that automata are compared on.

    Parameters
    ----------
    words : to compare on
    given : whether somebody gave them as words like those that matter; otherwise they were drawn
    labels : their true labels (n,), where these are known
    fresh : whether they are those of the verdict, which learning did not see
    """

    words: Words
    given: bool = False
    labels: IntArray | None = None
    fresh: bool = False

    @property
    def called(self) -> str:
        """What one of these words is called in all parts of a page."""
        return "fresh word" if self.fresh else "given word" if self.given else "random word"

    def __str__(self) -> str:
        """How many they are, and what they are like."""
        said = counted(len(self.words), self.called)
        if self.fresh:
            return f"{said}, which learning did not see"
        longest = counted(max(map(len, self.words), default=0), "letter")
        return said if self.given else f"{said} of at most {longest}, drawn for this page as nerode eval draws them"


@dataclass(frozen=True)
class Study:
    """A network, and how automata are judged by it.

    Parameters
    ----------
    teacher : the network, which may remember its answers
    network : the same without a memory, to measure its time
    evidence : the words to compare on
    amounts : how many words each part asks about
    seed : the same seed gives the same page, but for the time that words cost
    progress : is told what is being done, in a few words
    refuted : words that refuted automata of this network, as their files say
    fingerprint : the hash of the files of the network; None where there are none
    """

    teacher: Teacher
    network: Teacher
    evidence: Evidence
    amounts: Amounts
    seed: int
    progress: Callable[[str], None]
    refuted: Words = ()
    fingerprint: str | None = None
