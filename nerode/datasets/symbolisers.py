"""Symbolisers: signals and symbols become words over few letters, fitted on training data and kept as data.

A signal is an array (t, d): t steps in time of d numbers. Steps are averaged in frames first (piecewise aggregate approximation).
Then *SAX* cuts the numbers of a signal at the quantiles of a normal distribution (Lin, Keogh, Lonardi, Chiu: A symbolic
representation of time series, DMKD 2003). A *codebook* names the nearest of k means, so that several dimensions become one letter
(Linde, Buzo, Gray: An algorithm for vector quantizer design, IEEE Transactions on Communications 28, 1980). *Delta signs* say
whether each number falls, stays, or rises. A *vocabulary* keeps the most frequent symbols of texts and logs.

What was fitted is all that a symboliser has, and `to_json` writes it: new signals then become words in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Any, ClassVar, Protocol

import numpy as np
from scipy.special import ndtri

from nerode.errors import InputError
from nerode.words import Alphabet, FloatArray, IntArray, Word, frozen_array

LETTERS = ascii_lowercase + ascii_uppercase + digits + "+-"  # the names of letters of signals, 64
FEWEST, MOST = 2, len(LETTERS)
OTHER = "?"  # the letter of all rare symbols
STILL = 1e-9  # deviation of a signal that is constant


class Symboliser(Protocol):
    """Turns sequences into words."""

    kind: ClassVar[str]

    @property
    def alphabet(self) -> Alphabet: ...

    def words(self, sequences: Sequence[Any]) -> list[Word]:
        """Return the word of each sequence.

        Raises
        ------
        InputError : sequences of another kind or of other dimensions
        """
        ...


@dataclass(frozen=True)
class Vocabulary:
    """Symbols are letters; those that are not kept are the letter "?", where it is one of them.

    Parameters
    ----------
    symbols : the letters
    """

    symbols: tuple[str, ...]
    kind: ClassVar[str] = "vocabulary"

    @property
    def alphabet(self) -> Alphabet:
        return Alphabet(self.symbols)

    def words(self, sequences: Sequence[Sequence[str]]) -> list[Word]:
        """Return the word of each list of symbols.

        Raises
        ------
        InputError : a symbol that is no letter, and there is no letter for others
        """
        index = {symbol: letter for letter, symbol in enumerate(self.symbols)}
        other = index.get(OTHER)
        found = [tuple(index.get(symbol, other) for symbol in sequence) for sequence in sequences]
        for sequence, word in zip(sequences, found, strict=True):
            if None in word:
                raise InputError(f"the symbol {sequence[word.index(None)]!r} did not occur in training and is no letter")
        return found  # type: ignore[return-value]


@dataclass(frozen=True)
class Sax:
    """Letters of a signal of one dimension: its frames, with mean 0 and deviation 1, cut at quantiles of the normal distribution.

    Every signal is normalised by itself, so nothing is fitted.

    Parameters
    ----------
    letters : number of letters
    step : steps in a frame
    """

    letters: int
    step: int = 1
    kind: ClassVar[str] = "sax"

    def __post_init__(self) -> None:
        check_letters(self.letters)
        _check_step(self.step)

    @property
    def alphabet(self) -> Alphabet:
        return _alphabet(self.letters)

    def words(self, sequences: Sequence[FloatArray]) -> list[Word]:
        """Return the word of each signal (t, 1): ⌈t / step⌉ letters.

        Raises
        ------
        InputError : a signal of several dimensions, or an empty one
        """
        cuts = ndtri(np.arange(1, self.letters) / self.letters)
        found = []
        for signal in sequences:
            values = _frames(signal, self.step, 1)[:, 0]
            spread = values.std()
            scaled = (values - values.mean()) / spread if spread > STILL else np.zeros_like(values)
            found.append(tuple(np.searchsorted(cuts, scaled, side="right").tolist()))
        return found


@dataclass(frozen=True, eq=False)
class Codebook:
    """Letters of signals of any dimension: the nearest of k means of scaled frames, or of their differences.

    Parameters
    ----------
    means : (letters, d), of scaled vectors
    centre, scale : (d,), subtracted from vectors, and divided by
    step : steps in a frame
    differences : whether vectors are the differences of frames that follow each other
    """

    means: FloatArray
    centre: FloatArray
    scale: FloatArray
    step: int = 1
    differences: bool = False
    kind: ClassVar[str] = "codebook"

    def __post_init__(self) -> None:
        for name in ("means", "centre", "scale"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))
        _check_step(self.step)
        dimensions = self.centre.shape
        alike = self.means.ndim == 2 and self.means.shape[1:] == self.scale.shape == dimensions
        known = all(np.isfinite(part).all() for part in (self.means, self.centre, self.scale))
        if not alike or not known or not (self.scale > 0).all():
            raise InputError("a codebook has means (letters, d), a centre (d,) and a positive scale (d,), all of finite numbers")

    @property
    def alphabet(self) -> Alphabet:
        return _alphabet(len(self.means))

    def words(self, sequences: Sequence[FloatArray]) -> list[Word]:
        """Return the word of each signal (t, d): ⌈t / step⌉ letters, or one less for differences.

        Raises
        ------
        InputError : a signal of other dimensions, or an empty one
        """
        found = []
        for signal in sequences:
            vectors = vectors_of(signal, self.step, len(self.centre), self.differences)
            found.append(tuple(nearest((vectors - self.centre) / self.scale, self.means).tolist()))
        return found


@dataclass(frozen=True, eq=False)
class Deltas:
    """Letters of signals of few dimensions: whether each number falls, stays or rises from frame to frame.

    Parameters
    ----------
    cuts : (d, levels − 1), ascending: the level of a difference is how many of them are below it. The letter has the levels of
        the dimensions as digits, the first of them the most significant
    step : steps in a frame
    """

    cuts: FloatArray
    step: int = 1
    kind: ClassVar[str] = "deltas"

    def __post_init__(self) -> None:
        object.__setattr__(self, "cuts", frozen_array(self.cuts, np.float64))
        _check_step(self.step)
        if self.cuts.ndim != 2 or np.isnan(self.cuts).any():
            raise InputError("the cuts of delta signs are numbers (d, levels - 1)")

    @property
    def alphabet(self) -> Alphabet:
        dimensions, cuts = self.cuts.shape
        return _alphabet((cuts + 1) ** dimensions)

    def words(self, sequences: Sequence[FloatArray]) -> list[Word]:
        """Return the word of each signal (t, d): ⌈t / step⌉ − 1 letters.

        Raises
        ------
        InputError : a signal of other dimensions, or an empty one
        """
        dimensions, cuts = self.cuts.shape
        powers = (cuts + 1) ** np.arange(dimensions)[::-1]
        found = []
        for signal in sequences:
            levels = (vectors_of(signal, self.step, dimensions, True)[:, :, None] > self.cuts).sum(axis=2)  # (t, d)
            found.append(tuple((levels @ powers).tolist()))
        return found


SYMBOLISERS: dict[str, type[Any]] = {each.kind: each for each in (Vocabulary, Sax, Codebook, Deltas)}


def to_json(symboliser: Symboliser) -> dict[str, Any]:
    """Return a symboliser as a JSON object; `from_json` is the inverse."""
    fields = asdict(symboliser)  # type: ignore[call-overload]
    return {"kind": symboliser.kind} | {
        name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in fields.items()
    }


def from_json(document: Any) -> Symboliser:
    """Return the symboliser that a JSON object describes.

    Raises
    ------
    InputError : an unknown kind, or fields that do not belong to it
    """
    if not isinstance(document, dict) or document.get("kind") not in tuple(SYMBOLISERS):
        raise InputError(f"a symboliser is an object with a kind: {', '.join(SYMBOLISERS)}")
    fields = {name: value for name, value in document.items() if name != "kind"}
    try:
        if "symbols" in fields:
            fields["symbols"] = tuple(fields["symbols"])
        made: Symboliser = SYMBOLISERS[document["kind"]](**fields)
    except (TypeError, ValueError) as error:
        raise InputError(f"the fields of a symboliser do not belong to the kind {document['kind']!r}") from error
    return made


def check_letters(letters: int) -> None:
    """Raise InputError for a number of letters that no alphabet of signals or texts has."""
    if type(letters) is not int or not FEWEST <= letters <= MOST:
        raise InputError(f"signals and texts become words over {FEWEST} to {MOST} letters, and not {letters}")


def _check_step(step: int) -> None:
    if type(step) is not int or step < 1:
        raise InputError(f"a frame has a whole number of steps from 1 on, and not {step!r}")


def _alphabet(letters: int) -> Alphabet:
    check_letters(letters)
    return Alphabet(tuple(LETTERS[:letters]))


def _frames(signal: FloatArray, step: int, dimensions: int) -> FloatArray:
    """Return the means (⌈t / step⌉, d) of `step` steps each of a signal (t, d); the last frame may be of fewer."""
    signal = np.asarray(signal, np.float64)
    if signal.ndim != 2 or not len(signal) or signal.shape[1] != dimensions:
        raise InputError(f"expected a signal of {dimensions} dimensions, not an array of the shape {signal.shape}")
    if not np.isfinite(signal).all():
        raise InputError("a signal has a number that is not finite; leave out such steps, or put the one before in their place")
    begins = np.arange(0, len(signal), step)
    counts = np.diff(np.append(begins, len(signal)))
    means: FloatArray = np.add.reduceat(signal, begins, axis=0) / counts[:, None]
    return means


def vectors_of(signal: FloatArray, step: int, dimensions: int, differences: bool) -> FloatArray:
    """Return the frames (n, d) of a signal (t, d), or the differences of those that follow each other.

    Raises
    ------
    InputError : an empty signal, or one of other dimensions
    """
    frames = _frames(signal, step, dimensions)
    return np.diff(frames, axis=0) if differences else frames


def nearest(vectors: FloatArray, means: FloatArray) -> IntArray:
    """Return the index (n,) of the nearest of k means to each of n vectors; of several the first."""
    distances = (means**2).sum(axis=1) - 2 * vectors @ means.T  # (n, k), without the square of the vector
    found: IntArray = distances.argmin(axis=1).astype(np.int64)
    return found
