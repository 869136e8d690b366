"""Teachers made of what a user has at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import signature
from typing import Any

from nerode.errors import InputError
from nerode.functions import function_teacher
from nerode.protocols import Teacher


def teacher(asked: Callable[..., Any], alphabet: str | Iterable[str], **options: Any) -> Teacher:
    """Return a Python function or a torch module as a teacher, whose `told` says how it is asked and what its answers mean.

    The options are those of `nerode.functions.function_teacher`, and of `nerode.teachers.imports.modules.module_teacher`.

    Raises
    ------
    InputError : what is asked fails, its answers do not have one meaning, or an option that is not known
    """
    if isinstance(asked, type):
        raise InputError(f"what is asked is a function or a module, not the class {asked.__name__}; make one of the class first")
    make: Callable[..., Teacher] = function_teacher
    if hasattr(asked, "state_dict"):
        from nerode.teachers.imports.modules import module_teacher  # torch is here already, and functions do not need it

        make = module_teacher
    known = list(signature(make).parameters)[2:]
    for name in options:
        if name not in known:
            kind = "function" if make is function_teacher else "module"
            raise InputError(f"a {kind} has no option {name!r}; its options are {', '.join(known)}")
    return make(asked, alphabet, **options)
