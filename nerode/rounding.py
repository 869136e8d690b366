"""Answers that are the same to the last bit however a word is asked.

The order in which a library adds up depends on the shapes of its arrays, on where they lie in memory, and on the processor. In
exact mode a network computes with kernels of nerode's own (`nerode.teachers.kernels`), which work row by row: the sums of a row
are made in an order that depends on nothing but the row.
"""

from __future__ import annotations

from typing import cast

from nerode.errors import InputError
from nerode.protocols import SteppingTeacher, Teacher, TeacherWithExactMode, TwoWayTeacher
from nerode.stepping import TwoWay


def exact(teacher: Teacher) -> Teacher:
    """The same teacher in exact mode: its answer to a word does not depend on how the word is asked.

    Alone or in any batch, at any place in it, as a whole word, as a prefix or as a cell of a Hankel table: the answers are
    bit-identical. Those of networks are the same on every processor. The teacher keeps states where the given one does.

    The mode is offered for recurrent networks, causal transformers and DistilBERT classifiers in float32 or float64, on a
    processor, and for DFAs and PDFAs, which always answer so.

    Raises
    ------
    InputError : a teacher that has no such mode: a model whose answers the transformers library computes, a network on a
        device, a weighted automaton, a function of the user's own
    """
    if isinstance(teacher, TeacherWithExactMode):
        return teacher.exact()
    if isinstance(teacher, TwoWayTeacher):
        return TwoWay(*(cast("SteppingTeacher", exact(part)) for part in (teacher.forward, teacher.backward)))
    raise not_offered(f"a teacher of the kind {type(teacher).__name__}")


def not_offered(what: str) -> InputError:
    """The error that says so of a teacher."""
    return InputError(
        f"exact mode is not offered for {what}: it is for recurrent networks, causal transformers, DistilBERT classifiers, DFAs "
        "and PDFAs, whose arithmetic is nerode's own; ask without it"
    )
