"""Programs and services by name: `exec:COMMAND` and `http://HOST/PATH`.

Such a name is only ever taken from a user. Nothing that a file names is run or asked.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path, PurePath
from typing import Any, TypeVar
from urllib.parse import urlsplit

from nerode.errors import InputError
from nerode.files import read_text
from nerode.functions import FunctionTeacher, alphabet_of, looked_at
from nerode.teachers import programs, services
from nerode.teachers.addresses import PROGRAM

Options = TypeVar("Options", bound="ProgramOptions")


@dataclass(frozen=True)
class ProgramOptions:
    """How a program is asked.

    Parameters
    ----------
    reads, gives, classes, longest, tags : as for `nerode.functions.function_teacher`; text is the default of `reads`
    timeout : seconds that an answer may take
    """

    reads: str | None = None
    gives: str | None = None
    classes: tuple[Any, ...] | None = None
    longest: int | None = None
    tags: bool | None = None
    timeout: float = 60.0


@dataclass(frozen=True)
class ServiceOptions(ProgramOptions):
    """How a service is asked.

    Parameters
    ----------
    batch : words in a request at most
    rate : requests a second at most; None for any number
    request : the body, as JSON with "{words}" where a list of words belongs, or "{word}" for one word a request
    answer : the way to the answers in the response, such as "outputs.label"; None where there is one list
    headers : further headers of each request, as a mapping, or a file with a line `Name: value` for each
    """

    batch: int = 64
    rate: float | None = None
    request: str = '{"words": "{words}"}'
    answer: str | None = None
    headers: Mapping[str, str] | str | Path | None = None


def outside_teacher(name: str, alphabet: str | Iterable[str] | None, **options: Any) -> FunctionTeacher:
    """Return a program or a service as a teacher; the options are the fields of ProgramOptions or ServiceOptions.

    Raises
    ------
    InputError : no alphabet, an option that is unknown, a name that cannot be used
    TeacherError : it does not answer, or its answers cannot be used
    """
    if alphabet is None:
        raise InputError(f"{name} does not say what words are made of; give an alphabet, such as --alphabet ab")
    known = alphabet_of(alphabet)
    if name.startswith(PROGRAM):
        asked = _options(ProgramOptions, "a program", options)
        ask, service = programs.asking(name.removeprefix(PROGRAM), known, asked.reads, asked.timeout), None
    else:
        served = asked = _options(ServiceOptions, "a service", options)
        service = services.Service(name, served.request, served.answer, served.timeout, served.rate, _headers(served.headers))
        ask = service.asking(known, served.reads, served.batch)
    teacher = looked_at(ask, known, gives=asked.gives, classes=asked.classes, longest=asked.longest, tags=asked.tags)
    if service is not None:
        teacher.trouble = lambda: service.trouble
    return teacher


def short_name(name: str) -> str:
    """Return what a program or a service is called in the names of files."""
    try:
        if not name.startswith(PROGRAM):
            address = urlsplit(name)
            return PurePath(address.path).stem or address.hostname or "service"
        first, *others = shlex.split(name.removeprefix(PROGRAM)) or [""]
    except ValueError:
        return "unnamed"
    own = "/" in first and not first.startswith("/")  # ./classify; others may be interpreters, whose script says more
    script = first if own else next((other for other in others if Path(other).is_file()), first)
    return PurePath(script).stem or "program"


def _headers(given: Mapping[str, str] | str | Path | None) -> Mapping[str, str] | None:
    """Return headers, read from a file where one is given: what a request proves itself with is better not on a command line."""
    if isinstance(given, Mapping) or given is None:
        return given
    if not isinstance(given, str | Path):
        raise InputError(f"headers are a mapping of names and values, or a file, not {given!r}")
    lines = [line for line in read_text(Path(given)).splitlines() if line.strip()]
    headers = {name.strip(): value.strip() for name, colon, value in (line.partition(":") for line in lines) if colon}
    if len(headers) != len(lines):
        raise InputError(f"{given} has a line that is no header of its own; write Name: value")
    return headers


def _options(kind: Callable[..., Options], of: str, given: dict[str, Any]) -> Options:
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for name in given:
        if name not in names:
            raise InputError(f"{of} has no option {name!r}; its options are {', '.join(names)}")
    return kind(**given)
