"""Exact mode: the scores of a word are bit-identical in all batches.

In numerical libraries, the order of a summation depends on the shapes of the arrays, on their place in memory, and on the
processor. In exact mode a network computes with nerode's own kernels (`nerode.teachers.kernels`), which work row by row: the
order of the sums of a row depends only on the row.
"""

from __future__ import annotations

from typing import cast

from nerode.domains import domain_of
from nerode.errors import InputError
from nerode.protocols import Derived, SteppingTeacher, Teacher, TeacherWithExactMode, TwoWayTeacher, in_domain
from nerode.stepping import TwoWay


def exact(teacher: Teacher) -> Teacher:
    """Return the same teacher in exact mode, where the scores of a word do not depend on how it is queried.

    The scores are bit-identical for a word alone, at any place of any batch, as a prefix, and as a cell of a Hankel table.
    Networks give the same scores on every processor. The result is a SteppingTeacher if the given teacher is one.

    Exact mode exists for recurrent networks, transformers, convolutions over time, state-space models, gated linear attention and
    DistilBERT classifiers in float32 or float64 on a CPU. DFAs and PDFAs are always exact.

    Raises
    ------
    InputError : the teacher has no exact mode: a model that the transformers library computes, a network on a device such as a
        GPU, a weighted automaton, or a user's function
    """
    if isinstance(teacher, Derived):
        return teacher.of(exact(teacher.base))
    if isinstance(teacher, TeacherWithExactMode):
        return in_domain(teacher.exact(), domain_of(teacher))
    if isinstance(teacher, TwoWayTeacher):
        forward, backward = (cast("SteppingTeacher", exact(part)) for part in (teacher.forward, teacher.backward))
        return TwoWay(forward, backward)
    raise not_offered(f"a teacher of the kind {type(teacher).__name__}")


def not_offered(what: str) -> InputError:
    """Return the error for a teacher without exact mode."""
    return InputError(
        f"exact mode is not offered for {what}: it is for recurrent networks, nerode's own transformers, convolutions, "
        "state-space models and linear attention, DistilBERT classifiers, DFAs and PDFAs, whose arithmetic is nerode's "
        "own; ask without it"
    )
