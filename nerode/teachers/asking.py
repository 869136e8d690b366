"""The cheapest teacher for each kind of network, without a loss of accuracy.

A teacher that keeps states is cheaper than one that reads whole words. `teacher_of` dispatches on the class of the network.
"""

from __future__ import annotations

from functools import singledispatch

import torch

from nerode.links import Link
from nerode.protocols import Teacher
from nerode.teachers.attention import TransformerTeacher
from nerode.teachers.encoding import Encoding
from nerode.teachers.layered import LayeredNetwork
from nerode.teachers.layered_teacher import LayeredTeacher
from nerode.teachers.networks import RecurrentNetwork
from nerode.teachers.recurrent import recurrent_teacher
from nerode.teachers.transformer import CausalTransformer
from nerode.teachers.whole_words import WholeWordTeacher
from nerode.words import Alphabet


@singledispatch
def teacher_of(network: torch.nn.Module, alphabet: Alphabet, link: Link, encoding: Encoding, width: int) -> Teacher:
    """Return a teacher for a network that maps tokens (n, length) to scores (n, width)."""
    return WholeWordTeacher(alphabet, link, encoding, network, width)


@teacher_of.register
def _(network: RecurrentNetwork, alphabet: Alphabet, link: Link, encoding: Encoding, width: int) -> Teacher:
    """Return a teacher that keeps states, except for stacked bidirectional layers."""
    teacher = recurrent_teacher(network, alphabet, link, encoding)
    return teacher or WholeWordTeacher(alphabet, link, encoding, network, width)


@teacher_of.register
def _(network: CausalTransformer, alphabet: Alphabet, link: Link, encoding: Encoding, width: int) -> Teacher:
    """Return a teacher that keeps keys and values if a begin marker gives ε a state."""
    kind = TransformerTeacher if encoding.begin else WholeWordTeacher
    return kind(alphabet, link, encoding, network, width)


@teacher_of.register
def _(network: LayeredNetwork, alphabet: Alphabet, link: Link, encoding: Encoding, width: int) -> Teacher:
    """Return a teacher that keeps states on the processor; on another device whole words are asked."""
    if network.embedding.weight.is_cpu:
        return LayeredTeacher(network, alphabet, link, encoding)
    return WholeWordTeacher(alphabet, link, encoding, network, width)
