"""A trained model: a network, the encoding of its words, and the meaning of its scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import nn

from nerode.domains import Domain
from nerode.errors import InputError
from nerode.links import Link
from nerode.protocols import Teacher, in_domain
from nerode.teachers.asking import teacher_of
from nerode.teachers.encoding import Encoding
from nerode.teachers.whole_words import WholeWordTeacher
from nerode.words import Alphabet


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A trained network with its alphabet. Loaders and training return it.

    Parameters
    ----------
    network : maps tokens (n, length) to scores (n, width)
    architecture : a description for people, such as "GRU, 2 layers of 50"
    origin : a description of the format that the model was read from
    domain : the words that it was trained on, where they have one length
    packing : how weights are stored that have few different values, by their names; see `storage`
    called : the name of its checkpoint, for titles; empty where it has none

    Raises
    ------
    InputError : weights that are not finite numbers
    """

    network: nn.Module
    alphabet: Alphabet
    link: Link
    encoding: Encoding
    width: int
    architecture: str
    origin: str
    domain: Domain | None = field(default=None, kw_only=True)
    packing: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    called: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        for name, weights in self.network.state_dict().items():
            if not torch.isfinite(weights).all():
                raise InputError(f"the weights {name!r} are not all finite numbers; this network cannot answer anything")
        if self.domain is not None and self.domain.letters != len(self.alphabet):
            raise InputError(f"the domain has {self.domain.letters} letters and the alphabet {len(self.alphabet)}")

    @property
    def parameters(self) -> int:
        """The number of parameters."""
        return sum(weights.numel() for weights in self.network.parameters())

    def on(self, device: torch.device, called: str = "") -> TrainedModel:
        """Return the same model on a device, with a name. The network itself is moved, so do not use this model afterwards."""
        return replace(self, network=self.network.to(device), called=called)

    @cached_property
    def teacher(self) -> Teacher:
        """The model as a function from words to scores. Padded words are read whole: what fills a word depends on its length."""
        if self.encoding.padding is not None:
            made: Teacher = WholeWordTeacher(self.alphabet, self.link, self.encoding, self.network, self.width)
        else:
            made = in_domain(teacher_of(self.network, self.alphabet, self.link, self.encoding, self.width), self.domain)
        object.__setattr__(made, "model", self)  # so that what is done to weights can be asked for by their teacher
        return made
