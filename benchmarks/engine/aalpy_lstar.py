"""AALpy learns a network through its own interface. Imported only where AALpy is there."""

from __future__ import annotations

import random
import time

import torch
from aalpy import SUL, RandomWordEqOracle, run_Lstar

from nerode.teachers.model import TrainedModel
from nerode.teachers.networks import RecurrentNetwork
from nerode.words import Word

WALKS, SHORTEST, LONGEST = 1000, 10, 30  # random words of the search for counterexamples


class Network(SUL):  # type: ignore[misc]
    """A binary classifier that reads from left to right, stepped symbol by symbol; its state is kept between steps.

    Attributes
    ----------
    words : what was asked, in order, and `answers`: for each word the labels after each of its prefixes but ε, for ε its label
    seconds : what the network itself took
    """

    def __init__(self, model: TrainedModel) -> None:
        super().__init__()
        assert isinstance(model.network, RecurrentNetwork)
        self._network = model.network
        self._begin = model.encoding.begin
        self.words: list[Word] = []
        self.answers: list[list[bool]] = []
        self.seconds = 0.0

    def pre(self) -> None:
        """Back to ε."""
        begun = time.perf_counter()
        self._state = None
        for token in self._begin:
            self._read(token)
        self.seconds += time.perf_counter() - begun
        self._word: list[int] = []
        self._answer: list[bool] = []

    def step(self, letter: int | None) -> bool:
        """The label after one more letter; None reads nothing."""
        begun = time.perf_counter()
        if letter is not None:
            self._read(letter)
            self._word.append(letter)
        with torch.inference_mode():
            label = bool(self._network.readout(self._last[:, 0]).item() > 0)
        self.seconds += time.perf_counter() - begun
        self._answer.append(label)
        return label

    def post(self) -> None:
        """The word is done."""
        if self._answer:
            self.words.append(tuple(self._word))
            self.answers.append(self._answer)

    def _read(self, token: int) -> None:
        with torch.inference_mode():
            self._last, self._state = self._network.cells(self._network.embed(torch.tensor([[token]])), self._state)


def learned(model: TrainedModel, seed: int) -> tuple[float, int, Network]:
    """L* with Rivest and Schapire's counterexamples and AALpy's cache, its defaults: seconds, states, and what was asked."""
    random.seed(seed)  # AALpy draws from the global source
    system = Network(model)
    letters = list(range(len(model.alphabet)))
    search = RandomWordEqOracle(letters, system, WALKS, SHORTEST, LONGEST)
    begun = time.perf_counter()
    automaton = run_Lstar(letters, system, search, "dfa", print_level=0)
    return time.perf_counter() - begun, automaton.size, system
