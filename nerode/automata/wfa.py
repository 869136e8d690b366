"""Weighted finite automata with vector-valued output, which compute linear functions on words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from nerode.automata import diagram, graphs, whole_words
from nerode.automata.base import Automaton
from nerode.automata.diagram import Diagram, DrawingSettings, Edge, Node
from nerode.automata.documents import Fields
from nerode.errors import InputError
from nerode.links import Link, Value, check_fit, link_from_json, link_to_json
from nerode.protocols import States
from nerode.stepping import scores_of_flat
from nerode.words import Alphabet, FloatArray, IntArray, frozen_array

if TYPE_CHECKING:
    import networkx as nx

MOST_LETTERS = 4  # on one arrow
CROWDED, MOST_LETTERS_IN_A_CROWD = 20, 2  # with more arrows than CROWDED, each shows fewer letters
MOST_SCORES = 4  # in one state


@dataclass(frozen=True, eq=False, repr=False)
class WFA(Automaton):
    """A weighted automaton: the scores of w = w₁ … wₙ are `initial · A[w₁] ⋯ A[wₙ] · final`.

    Parameters
    ----------
    alphabet : Σ symbols
    initial : (r,)
    transitions : (Σ, r, r)
    final : (r, width)
    link : the meaning of the scores; a learned automaton has the link of its teacher
    told : what was assumed to read it from a file, in a sentence; empty if nothing was

    Raises
    ------
    InputError : shapes that do not fit each other, a link that does not fit them, or numbers that are not finite
    """

    alphabet: Alphabet
    initial: FloatArray
    transitions: FloatArray
    final: FloatArray
    link: Link = Value()  # noqa: RUF009  (frozen, so it can be shared)
    told: str = ""
    kind: ClassVar[str] = "wfa"

    def __post_init__(self) -> None:
        for name in ("initial", "transitions", "final"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))
            if not np.isfinite(getattr(self, name)).all():
                raise InputError(f"the {name} weights of a WFA must be finite numbers")
        r = len(self.initial) if self.initial.ndim == 1 else 0
        shapes = self.initial.shape, self.transitions.shape, self.final.shape
        if r == 0 or shapes[1] != (len(self.alphabet), r, r) or len(shapes[2]) != 2 or shapes[2][0] != r:
            raise InputError(f"a WFA over {len(self.alphabet)} symbols has arrays of shapes {shapes} that do not fit")
        check_fit(self.link, self.width, len(self.alphabet))

    @property
    def states(self) -> int:
        return len(self.initial)

    @property
    def width(self) -> int:
        return int(self.final.shape[1])

    def start(self) -> States:
        return (self.initial[None],)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        """Return the next states by one matrix product per symbol, over all words that read it."""
        before: FloatArray = states[0]
        narrow = symbols.astype(np.min_scalar_type(len(self.alphabet)))  # numpy sorts small integers by counting
        by_symbol = np.argsort(narrow, kind="stable")
        bounds = np.searchsorted(narrow[by_symbol], np.arange(len(self.alphabet) + 1))
        before = before.take(parents[by_symbol], axis=0)
        sorted_after = np.empty_like(before)
        for symbol in np.flatnonzero(np.diff(bounds)):
            rows = slice(bounds[symbol], bounds[symbol + 1])
            np.matmul(before[rows], self.transitions[symbol], out=sorted_after[rows])
        back = np.empty_like(by_symbol)
        back[by_symbol] = np.arange(len(by_symbol))
        return (sorted_after.take(back, axis=0),)

    def read(self, states: States) -> FloatArray:
        scores: FloatArray = states[0] @ self.final
        return scores

    def scores(self, words: Iterable[Any]) -> FloatArray:
        symbols, lengths = self.alphabet.flat(words)
        if self.states**2 * len(symbols) > whole_words.MOST:
            return scores_of_flat(self, symbols, lengths)
        scores = np.empty((len(lengths), self.width))
        whole_words.weigh(self.initial, self.transitions, self.final, symbols, lengths, scores)
        return scores

    def to_json(self) -> dict[str, Any]:
        return {
            "alphabet": list(self.alphabet),
            "link": link_to_json(self.link),
            "initial": self.initial.tolist(),
            "final": self.final.tolist(),
            "transitions": self.transitions.tolist(),
        }

    @classmethod
    def from_json(cls, fields: Fields) -> Self:
        initial, transitions, final = fields.numbers("initial", 1), fields.numbers("transitions", 3), fields.numbers("final", 2)
        return cls(fields.alphabet(), initial, transitions, final, link_from_json(fields["link"]))

    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """Return a graph: nodes carry `initial` and `final` weights, edges `weight`; transitions of weight 0 have no edge."""
        return graphs.build(
            {"type": self.kind, "alphabet": self.alphabet.symbols, "link": link_to_json(self.link)},
            [
                {"initial": begin, "final": tuple(end)}
                for begin, end in zip(self.initial.tolist(), self.final.tolist(), strict=True)
            ],
            [
                (int(i), int(j), self.alphabet.symbols[a], {"weight": float(self.transitions[a, i, j])})
                for a, i, j in np.argwhere(self.transitions)
            ],
        )

    @classmethod
    def from_networkx(cls, graph: nx.MultiDiGraph[Any]) -> Self:
        alphabet = Alphabet(graphs.attribute(graph, "alphabet"))
        transitions = np.zeros((len(alphabet), len(graph), len(graph)))
        for source, symbol, target, values in graphs.edges(graph, alphabet):
            transitions[symbol, source, target] = graphs.edge_number(values, "weight")
        initial, final = (graphs.node_values(graph, name, np.float64) for name in ("initial", "final"))
        return cls(alphabet, initial, transitions, final, link_from_json(graphs.attribute(graph, "link")))

    def diagram(self, settings: DrawingSettings = DrawingSettings()) -> Diagram:  # noqa: B008  (frozen)
        """Return a diagram. Nodes show their initial and final weights unless these are 0; weak transitions are only counted."""
        if self.states > settings.max_states:
            return diagram.sizes_only(repr(self)[1:-1], f"Too many states to draw (limit {settings.max_states:,}).")
        strengths = np.abs(self.transitions)
        largest = float(strengths.max())
        arrows = self._arrows(strengths, settings)
        most = MOST_LETTERS if len(arrows) <= CROWDED else MOST_LETTERS_IN_A_CROWD
        hidden = int(np.count_nonzero(self.transitions)) - sum(min(len(symbols), most) for _, _, symbols in arrows)
        return Diagram(
            tuple(Node(diagram.name(i), "\n".join([str(i), *self._ends(i)])) for i in range(self.states)),
            tuple(
                Edge(
                    diagram.name(i),
                    diagram.name(j),
                    self._weights(i, j, symbols, most),
                    float(strengths[symbols[0], i, j]) / largest,
                )
                for i, j, symbols in arrows
            ),
            (),
            diagram.sentences(f"not drawn: {diagram.counted(hidden, 'weak transition')}" if hidden else ""),
        )

    def facts(self) -> list[str]:
        return [diagram.counted(self.width, "score")]

    def table(self) -> list[Sequence[str]]:
        rows = [(str(i), diagram.number(self.initial[i]), self._scores(i)) for i in range(self.states)]
        return [("state", "initial", "final"), *rows]

    def _arrows(self, strengths: FloatArray, settings: DrawingSettings) -> list[tuple[int, int, list[int]]]:
        """Return the arrows (source, target, symbols) that are drawn, strongest first; the symbols are ordered likewise.

        Half of the allowed number are the strongest arrows. Next come the strongest arrow into each state and out of each state,
        without loops, so that no connected state is isolated. The next strongest arrows fill the rest.
        """
        strong = (strengths >= settings.threshold * strengths.max()) & (strengths > 0)
        arrows: list[tuple[int, int, list[int]]] = []
        for i, j in np.argwhere(strong.any(axis=0)).tolist():
            symbols = [a for a in np.argsort(-strengths[:, i, j], kind="stable").tolist() if strong[a, i, j]]
            arrows += [(i, j, symbols)] if settings.merge else [(i, j, [a]) for a in symbols]
        arrows.sort(key=lambda arrow: -strengths[arrow[2][0], arrow[0], arrow[1]])
        left: set[int] = set()
        entered: set[int] = set()
        needed = set(range(min(len(arrows), settings.max_arrows // 2)))
        for place, (i, j, _) in enumerate(arrows):
            if i != j and not (i in left and j in entered):
                needed.add(place)
                left.add(i)
                entered.add(j)
        others = [place for place in range(len(arrows)) if place not in needed]
        needed.update(others[: max(0, settings.max_arrows - len(needed))])
        return [arrows[place] for place in sorted(needed)]

    def _weights(self, source: int, target: int, symbols: list[int], most: int) -> str:
        """Return the text of an arrow: one line per letter with its weight, and the number of omitted letters."""
        shown = [
            f"{diagram.visible(self.alphabet.symbols[a])}: {diagram.number(self.transitions[a, source, target])}"
            for a in symbols[:most]
        ]
        more = len(symbols) - len(shown)
        return "\n".join(shown) + (f", +{more} more" if more else "")

    def _ends(self, state: int) -> list[str]:
        """Return the lines of a node that show its initial and final weights."""
        start = [f"start {diagram.number(self.initial[state])}"] if self.initial[state] else []
        return start + ([f"end {self._scores(state)}"] if self.final[state].any() else [])

    def _scores(self, state: int) -> str:
        """Return the first few final weights of a state as text."""
        return ", ".join(diagram.shorten([diagram.number(weight) for weight in self.final[state].tolist()], MOST_SCORES))
