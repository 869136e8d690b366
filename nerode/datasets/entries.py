"""The table of data sets: one entry each, with what its card says and how its sequences become words.

Nothing of them is in the package, and nothing is fetched. Files are read from a folder that the user names.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from nerode.datasets.fitting import fit_codebook, fit_deltas, fit_vocabulary
from nerode.datasets.material import (
    Material,
    plain_letters,
    plain_words,
    read_log,
    read_sessions,
    read_signals,
    read_texts,
    symbols_between_spaces,
)
from nerode.datasets.symbolisers import Sax, Symboliser
from nerode.errors import InputError

UCI, UEA, UCR = "UCI Machine Learning Repository", "UEA archive", "UCR archive"
BY, RESEARCH, NOT_SHIPPED = "CC BY 4.0", "free for research", "free for research, not to be shipped"
LOGHUB = "Zhu, He, He, Liu, Lyu: Loghub, a large collection of system log datasets for AI-driven log analytics, ISSRE 2023"

Fit = Callable[[Sequence[Any], int, np.random.Generator], Symboliser]
"""Makes a symboliser from sequences of training, a number of letters, and a source of randomness."""


@dataclass(frozen=True)
class Entry:
    """A data set.

    Parameters
    ----------
    about : what the words are, for people
    kind : "text", "biology", "events", "music", "signals" or "images"
    needs : the file in the folder of the user; None where scikit-learn has the data
    source, licence, citation : of the data
    ships : whether the licence lets others hand the data, or networks with their words, on
    read : the sequences, from the file
    fit : the symboliser of them
    letters : their number unless another one is wanted
    longest : letters that are kept of a word; None for all
    """

    about: str
    kind: str
    needs: str | None
    source: str
    licence: str
    ships: bool
    citation: str
    read: Callable[[Path], Material]
    fit: Fit
    letters: int
    longest: int | None = None


def _vocabulary(sequences: Sequence[Any], letters: int, rng: np.random.Generator) -> Symboliser:
    return fit_vocabulary(sequences, letters)


def _sax(step: int) -> Fit:
    return lambda signals, letters, rng: Sax(letters, step)


def _codebook(step: int, differences: bool = False) -> Fit:
    return lambda signals, letters, rng: fit_codebook(signals, letters, rng, step, differences)


def _deltas(step: int) -> Fit:
    return lambda signals, letters, rng: fit_deltas(signals, letters, step)


def _digits(file: Path) -> Material:
    """Read the handwritten digits of scikit-learn: 64 pixels, row by row.

    Raises
    ------
    InputError : scikit-learn is not installed
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise InputError("the data set digits is in scikit-learn; install it with: pip install 'nerode[students]'") from error
    found = load_digits()
    return Material([pixels[:, None] for pixels in found.data], [str(digit) for digit in found.target])


_TEXT = partial(read_texts, symbols=plain_letters)
_SPACED = partial(read_texts, symbols=symbols_between_spaces, labelled=False)


def _signal(about: str, file: str, source: str, licence: str, citation: str, fit: Fit, letters: int, length: int | None) -> Entry:
    read = partial(read_signals, length=length)
    return Entry(about, "signals", file, source, licence, licence == BY, citation, read, fit, letters)


def _log(about: str, file: str, read: Callable[[Path], Material], letters: int) -> Entry:
    return Entry(about, "events", file, "loghub", NOT_SHIPPED, False, LOGHUB, read, _vocabulary, letters, 60)


ENTRIES: dict[str, Entry] = {
    "names": Entry(
        "family names, by their language", "text", "names.tsv", "practical-pytorch (Sean Robertson)", "MIT", True,
        "Robertson: Classifying names with a character-level RNN, practical-pytorch, 2017", _TEXT, _vocabulary, 28,
    ),
    "sentiment": Entry(
        "sentences of reviews, positive or negative, as words", "text", "sentiment.tsv", UCI, BY, True,
        "Kotzias, Denil, de Freitas, Smyth: From group to individual labels using deep features, KDD 2015",
        partial(read_texts, symbols=plain_words), _vocabulary, 64, 40,
    ),
    "sentiment-characters": Entry(
        "sentences of reviews, positive or negative, as characters", "text", "sentiment.tsv", UCI, BY, True,
        "Kotzias, Denil, de Freitas, Smyth: From group to individual labels using deep features, KDD 2015", _TEXT, _vocabulary,
        32, 100,
    ),
    "promoters": Entry(
        "DNA of E. coli, a promoter or not", "biology", "promoters.tsv", UCI, BY, True,
        "Harley, Reynolds, Noordewier: Molecular biology (promoter gene sequences), UCI, 1990", _TEXT, _vocabulary, 4,
    ),
    "splice": Entry(
        "DNA of primates: a donor (EI), an acceptor (IE), or neither in the middle", "biology", "splice.tsv", UCI, BY, True,
        "Molecular biology (splice-junction gene sequences), UCI, 1991", _TEXT, _vocabulary, 5,
    ),
    "hospital": Entry(
        "departments that a patient of a hospital passes", "events", "hospital-process.tsv", "4TU.ResearchData", NOT_SHIPPED,
        False, "van Dongen: Real-life event logs - hospital log (BPI Challenge 2011), 4TU.ResearchData, 2011", _SPACED,
        _vocabulary, 16, 40,
    ),
    "hdfs": _log("events that a node of a file system takes part in", "log-hdfs.csv.gz", read_sessions, 14),
    "openssh": _log("pieces of the log of an SSH server", "log-openssh.csv.gz", read_log, 24),
    "linux": _log("pieces of the log of a Linux server", "log-linux.csv.gz", read_log, 32),
    "bgl": _log("pieces of the log of a supercomputer (Blue Gene/L)", "log-bgl.csv.gz", read_log, 48),
    "chorales": Entry(
        "soprano lines of Bach's chorales, a note a beat", "music", "chorales-soprano.tsv", "works in the public domain",
        "public domain", True,
        "Boulanger-Lewandowski, Bengio, Vincent: Modeling temporal dependencies in high-dimensional sequences, ICML 2012",
        _SPACED, _vocabulary, 20, 60,
    ),
    "vowels": _signal(
        "two Japanese vowels, by their nine speakers", "vowels.csv.gz", UCI, BY,
        "Kudo, Toyama, Shimbo: Multidimensional curve classification using passing-through regions, PRL 20, 1999",
        _codebook(1), 64, None,
    ),
    "pendigits": _signal(
        "digits written with a pen, by points on the way", "pendigits.csv.gz", UCI, BY,
        "Alimoglu, Alpaydin: Methods of combining multiple classifiers based on different representations, TAINN 1996",
        _codebook(1), 32, 8,
    ),
    "libras": _signal(
        "movements of a hand in Brazilian sign language", "libras.csv.gz", UCI, BY,
        "Dias, Madeo, Rocha, Bíscaro, Peres: Hand movement recognition for Brazilian sign language, IJCNN 2009",
        _codebook(3), 16, 45,
    ),
    "motions": _signal(
        "motions of a wrist while standing, walking, running, or playing badminton", "motions.csv.gz", UEA, RESEARCH,
        "Bagnall and others: The UEA multivariate time series classification archive, 2018", _codebook(4), 16, 100,
    ),
    "epilepsy": _signal(
        "accelerations of a wrist while walking, running, sawing, or imitating a seizure", "epilepsy.csv.gz", UEA, RESEARCH,
        "Villar and others: Generalized models for the classification of abnormal movements in daily life, 2016",
        _deltas(4), 27, 206,
    ),
    "ecg": _signal(
        "heart beats, normal or with ischemia", "ecg.csv.gz", UCR, RESEARCH,
        "Olszewski: Generalized feature extraction for structural pattern recognition in time-series data, 2001", _sax(3), 6, 96,
    ),
    "gunpoint": _signal(
        "a hand that draws a gun, or points, in a video", "gunpoint.csv.gz", UCR, RESEARCH,
        "Ratanamahatana, Keogh: Everything you know about dynamic time warping is wrong, 2004", _sax(5), 8, 150,
    ),
    "power": _signal(
        "power demand of a day in Italy, in summer or in winter", "power.csv.gz", UCR, RESEARCH,
        "Keogh and others: Intelligent icons: integrating lite-weight data mining and visualization into GUI, ICDM 2006",
        _sax(1), 10, 24,
    ),
    "digits": Entry(
        "images of handwritten digits, pixel by pixel", "images", None, "scikit-learn (UCI)", BY, True,
        "Alpaydin, Kaynak: Cascading classifiers, Kybernetika 34, 1998", _digits, _codebook(1), 4,
    ),
}  # fmt: skip
