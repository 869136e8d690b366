"""Suites: teachers × methods × sizes × seeds in a TOML file, see `docs/bench.md`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nerode.benchmarking.keys import MANY, Keys, as_list, is_positive, is_text, is_texts, is_whole, is_wholes
from nerode.benchmarking.sources import Source, named_apart, sources_of
from nerode.distillation.students import STUDENTS
from nerode.errors import InputError, first_line
from nerode.eval.fronts import FRESH
from nerode.eval.metrics import METRICS
from nerode.extraction.method import settings_of
from nerode.extraction.methods import method_named
from nerode.files import PathLike, read_text

SUITES = Path(__file__).parent / "suites"
SHIPPED = ("languages", "taysir", "zoo")
"""Suites that come with nerode."""
EXAMPLE = SHIPPED[0]


@dataclass(frozen=True)
class Contender:
    """A method with its settings.

    Parameters
    ----------
    name : in tables
    method : one of STUDENTS
    settings : of the method, by name
    sizes : how large students may be, each a cell of its own; None for what the method chooses
    """

    name: str
    method: str
    settings: Mapping[str, Any]
    sizes: tuple[int | None, ...]


@dataclass(frozen=True)
class Suite:
    """What is run.

    Parameters
    ----------
    name : of the file
    sources, contenders, seeds : each with each
    limits : of a cell: "effort", "seconds", "queries"
    fresh : words that a student is judged with, at most
    measures : names of METRICS that tables show beside the first of each task
    """

    name: str
    sources: tuple[Source, ...]
    contenders: tuple[Contender, ...]
    seeds: tuple[int, ...]
    limits: Mapping[str, float]
    fresh: int
    measures: tuple[str, ...]


def text_of(name: PathLike) -> str:
    """Return the text of a suite: of a file, or of one that comes with nerode.

    Raises
    ------
    InputError : there is none
    """
    return read_text(_place(name))


def read_suite(name: PathLike, data: PathLike | None = None, first_seed: int = 0) -> Suite:
    """Read a suite.

    Parameters
    ----------
    name : of a file, or of a suite that comes with nerode
    data : the folder below which relative paths are; None for that which the suite names, or for that of the suite
    first_seed : is added to all seeds

    Raises
    ------
    InputError : a file that cannot be read, or a key that is wrong
    """
    place = _place(name)
    try:
        table = tomllib.loads(read_text(place))
    except (ValueError, RecursionError) as error:  # the first also of numbers with thousands of digits
        raise InputError(f"{place} is not in TOML: {first_line(error)}") from error
    keys = Keys(str(place), table)
    seeds = keys.take("seeds", is_wholes(0), "how many seeds, or a list of different ones", 1)
    if isinstance(seeds, int) and not 1 <= seeds <= MANY:
        raise InputError(f"{place}: 'seeds' must be 1 to {MANY:,}, or a list of seeds")
    limits = {key: keys.take(key, is_positive, "a number above 0", None) for key in ("effort", "seconds")}
    limits["queries"] = keys.take("queries", is_whole(1), "a whole number from 1 on", None)
    limits = {key: limit for key, limit in limits.items() if limit is not None}
    fresh = keys.take("fresh", is_whole(1), "how many words students are judged with, a whole number from 1 on", FRESH)
    measures = as_list(keys.take("measures", is_texts, "names of measures", []))
    own = keys.take("data", is_text, "the path of a folder", "")
    folder = place.parent / own if data is None else Path(data)
    teachers, methods = keys.tables("teachers"), keys.tables("methods")
    if data is None and place.parent == SUITES and any("checkpoints" in each for each in teachers.values()):
        raise InputError(f"the suite {place.stem} is of networks in a folder; name it, with --data FOLDER (data=)")
    keys.end()
    if not limits:
        raise InputError(f"{place} names no limit of a cell; give one of 'effort', 'seconds' and 'queries'")
    if wrong := [name for name in measures if name not in METRICS]:
        raise InputError(f"{place}: 'measures' has {wrong[0]!r}; there are {', '.join(METRICS)}")
    sources = [source for key, each in teachers.items() for source in sources_of(f"{place}: teachers.{key}", each, folder)]
    contenders = tuple(_contender(f"{place}: methods.{key}", key, each) for key, each in methods.items())
    numbers = range(seeds) if isinstance(seeds, int) else seeds
    shifted = tuple(first_seed + number for number in numbers)
    return Suite(place.stem, named_apart(str(place), sources), contenders, shifted, limits, fresh, tuple(measures))


def _place(name: PathLike) -> Path:
    """The file of a suite."""
    if str(name) in SHIPPED and not os.path.isfile(name):  # a folder may have that name, such as the one of the zoo
        return SUITES / f"{name}.toml"
    if not os.path.exists(name):
        raise InputError(
            f"there is no suite {name}; `nerode bench --example` prints one to begin with, and {', '.join(SHIPPED)} come with "
            "nerode"
        )
    return Path(name)


def _contender(where: str, name: str, table: Any) -> Contender:
    keys = Keys(where, table)
    method = keys.take("method", is_text, "the name of a method or of a kind of student", name)
    sizes = keys.take("sizes", is_wholes(1), "whole numbers from 1 on", None)
    settings = {key: tuple(value) if isinstance(value, list) else value for key, value in keys.rest().items()}
    try:
        settings_of(method, method_named(method, STUDENTS), settings)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    return Contender(name, method, settings, (None,) if sizes is None else tuple(as_list(sizes)))
