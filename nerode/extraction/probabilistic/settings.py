"""What a probabilistic automaton cannot be made of; there is nothing to choose."""

from __future__ import annotations

from dataclasses import dataclass

from nerode.errors import InputError
from nerode.links import NextSymbol
from nerode.protocols import Teacher


@dataclass(frozen=True)
class PdfaSettings:
    """Of a method that leaves nothing to choose."""

    def check(self, teacher: Teacher) -> None:
        """Refuse a model whose words never end.

        Raises
        ------
        InputError : such a model
        """
        if isinstance(teacher.link, NextSymbol) and not teacher.link.ends:
            raise InputError(
                "no word of this teacher ever ends, and a PDFA is of words that do; learn its scores (--method spectral)"
            )
