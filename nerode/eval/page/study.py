"""What a page is made from: a network, the words that automata are judged with, and how many of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
    """

    words: Words
    given: bool = False
    labels: IntArray | None = None


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
    """

    teacher: Teacher
    network: Teacher
    evidence: Evidence
    amounts: Amounts
    seed: int
    progress: Callable[[str], None]
    refuted: Words = ()
