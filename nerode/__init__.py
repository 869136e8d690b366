"""nerode: extract an automaton from a trained sequence model, with a diagram and a verdict.

teacher = nerode.load_teacher("path/to/checkpoint")
result = nerode.extract(teacher, method="spectral", states=20)
result.automaton
nerode.compare(result.automaton, teacher, words)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nerode.version import __version__ as __version__

if TYPE_CHECKING:
    from nerode.automata.cfg import CFG as CFG
    from nerode.automata.dfa import DFA as DFA
    from nerode.automata.pdfa import PDFA as PDFA
    from nerode.automata.vpa import VPA as VPA
    from nerode.automata.wfa import WFA as WFA
    from nerode.benchmarking.bench import bench as bench
    from nerode.compression.shrink import shrink as shrink
    from nerode.datasets.collection import dataset as dataset
    from nerode.datasets.languages import language as language
    from nerode.datasets.readers import read_words as read_words
    from nerode.errors import InputError as InputError
    from nerode.eval.explanations import explain as explain
    from nerode.eval.fronts import front as front
    from nerode.eval.grids import grid as grid
    from nerode.eval.likelihood import log_probabilities as log_probabilities
    from nerode.eval.maps import map_of as map_of
    from nerode.eval.plots import plots as plots
    from nerode.eval.report import compare as compare
    from nerode.eval.results import distill as distill
    from nerode.eval.results import extract as extract
    from nerode.eval.stability import stability as stability
    from nerode.eval.streams import stream as stream
    from nerode.eval.tracing import trace as trace
    from nerode.grammars.loading import load_automaton as load_automaton
    from nerode.grammars.regular_expressions import from_regex as from_regex
    from nerode.grammars.regular_expressions import to_regex as to_regex
    from nerode.guidance.constraint import constrain as constrain
    from nerode.guidance.processor import ConstraintProcessor as ConstraintProcessor
    from nerode.rounding import exact as exact
    from nerode.teachers.checkpoints import load_teacher as load_teacher
    from nerode.teachers.ensemble import ensemble as ensemble
    from nerode.teachers.own import teacher as teacher
    from nerode.teachers.possible import possible_words as possible_words
    from nerode.teachers.truncated import truncated as truncated
    from nerode.words import Alphabet as Alphabet

# public names are imported when they are first used, so that `nerode --help` does not wait for torch
_HOME = {
    "CFG": "nerode.automata.cfg",
    "DFA": "nerode.automata.dfa",
    "PDFA": "nerode.automata.pdfa",
    "VPA": "nerode.automata.vpa",
    "WFA": "nerode.automata.wfa",
    "Alphabet": "nerode.words",
    "ConstraintProcessor": "nerode.guidance.processor",
    "InputError": "nerode.errors",
    "bench": "nerode.benchmarking.bench",
    "compare": "nerode.eval.report",
    "constrain": "nerode.guidance.constraint",
    "dataset": "nerode.datasets.collection",
    "distill": "nerode.eval.results",
    "ensemble": "nerode.teachers.ensemble",
    "exact": "nerode.rounding",
    "explain": "nerode.eval.explanations",
    "extract": "nerode.eval.results",
    "front": "nerode.eval.fronts",
    "from_regex": "nerode.grammars.regular_expressions",
    "grid": "nerode.eval.grids",
    "language": "nerode.datasets.languages",
    "load_automaton": "nerode.grammars.loading",
    "load_teacher": "nerode.teachers.checkpoints",
    "log_probabilities": "nerode.eval.likelihood",
    "map_of": "nerode.eval.maps",
    "plots": "nerode.eval.plots",
    "possible_words": "nerode.teachers.possible",
    "truncated": "nerode.teachers.truncated",
    "read_words": "nerode.datasets.readers",
    "shrink": "nerode.compression.shrink",
    "stability": "nerode.eval.stability",
    "stream": "nerode.eval.streams",
    "teacher": "nerode.teachers.own",
    "to_regex": "nerode.grammars.regular_expressions",
    "trace": "nerode.eval.tracing",
}
__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'nerode' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
