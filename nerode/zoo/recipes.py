"""The table of recipes: what each network of the zoo is trained on, and how.

They were chosen so that the zoo has many kinds of data, letters from 2 to 64, classifiers and language models, and networks from
some hundred to some hundred thousand parameters. None was chosen by what an extraction makes of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nerode.errors import InputError

TRIES = 3  # of recurrent networks of known languages


@dataclass(frozen=True)
class Recipe:
    """How a network is made.

    Parameters
    ----------
    name : of the network
    data : a data set, as `nerode.dataset` names it
    arch, hidden, layers, bidirectional : of the network, as for `nerode train`
    steps : of training, at most
    letters : of the data; None for their usual number
    seed : of the weights and of the order of words
    weight_decay : of training; 0 for known languages, whose words are many
    tries : trainings of a classifier at most: one that has not learned its language begins again from the next seed
    """

    name: str
    data: str
    arch: str
    hidden: int
    layers: int = 1
    bidirectional: bool = False
    steps: int = 4000
    letters: int | None = None
    seed: int = 0
    weight_decay: float = 0.0
    tries: int = 1


def _known(name: str, data: str, arch: str, hidden: int, layers: int = 1, two: bool = False, steps: int = 5000) -> Recipe:
    """Return a recipe for a known language; a recurrent network may miss it, which hangs on the last digits of the processor."""
    return Recipe(name, data, arch, hidden, layers, two, steps, tries=TRIES if arch in ("rnn", "gru", "lstm") else 1)


def _real(
    data: str, arch: str, hidden: int, layers: int = 1, two: bool = False, steps: int = 2000, letters: int | None = None
) -> Recipe:
    """Return a recipe for data of the world, which are few: the network is named by its data and its architecture."""
    kind = "two-way" if two else "stacked" if layers > 1 and arch in ("rnn", "gru", "lstm") else arch
    return Recipe(f"{data}-{kind}", data, arch, hidden, layers, two, steps, letters, weight_decay=0.1)


RECIPES: tuple[Recipe, ...] = (
    # known languages
    _known("tomita-1-rnn", "tomita-1", "rnn", 16),
    _known("tomita-2-ssm", "tomita-2", "ssm", 16, 2),
    _known("tomita-3-gru", "tomita-3", "gru", 16),
    _known("tomita-4-conv", "tomita-4", "conv", 16, 4),
    _known("tomita-5-lstm", "tomita-5", "lstm", 16),
    _known("tomita-6-gru", "tomita-6", "gru", 32),
    _known("tomita-7-transformer", "tomita-7", "transformer", 32, 2),
    _known("counting-5-lstm", "counting-5", "lstm", 32, steps=8000),
    _known("dyck-1-lstm", "dyck-1", "lstm", 24),
    _known("dyck-2-depth-3-gru", "dyck-2-depth-3", "gru", 48),
    _known("dyck-1-depth-4-gla", "dyck-1-depth-4-fillers-2", "gla", 32, 2),
    _known("copy-3-gru", "copy-3", "gru", 64),
    _known("random-dfa-gru", "random-dfa-8-letters-4-classes-3", "gru", 64, steps=8000),
    _known("random-dfa-stacked", "random-dfa-12-letters-8", "lstm", 64, 2, steps=8000),
    _known("random-pdfa-gru", "random-pdfa-8-letters-6", "gru", 32, steps=3000),
    _known("random-pdfa-transformer", "random-pdfa-5-letters-12", "transformer", 48, 2, steps=3000),
    _known("mlregtest-sl-rnn", "mlregtest-04.04.SL.2.1.0", "rnn", 16),
    _known("mlregtest-sl-conv", "mlregtest-16.16.SL.2.1.0", "conv", 48, 4),
    _known("mlregtest-sp-gru", "mlregtest-04.04.SP.2.1.0", "gru", 24),
    _known("mlregtest-tsl-gla", "mlregtest-04.03.TSL.2.1.0", "gla", 32, 2),
    _known("mlregtest-lt-ssm", "mlregtest-04.04.LT.2.1.0", "ssm", 32, 2),
    _known("mlregtest-pt-lstm", "mlregtest-16.16.PT.2.1.0", "lstm", 48),
    _known("mlregtest-tlt-two-way", "mlregtest-16.04.TLT.2.1.0", "gru", 32, two=True),
    _known("mlregtest-ltt-encoder", "mlregtest-04.04.LTT.2.2.0", "encoder", 32, 2),
    _known("mlregtest-plt-transformer", "mlregtest-16.16.PLT.2.2.0", "transformer", 64, 2),
    _known("mlregtest-sf-stacked", "mlregtest-16.16.SF.0.0.0", "gru", 48, 2),
    _known("mlregtest-zp-lstm", "mlregtest-04.04.Zp.2.1.0", "lstm", 32, steps=8000),
    _known("mlregtest-reg-gru", "mlregtest-16.16.Reg.0.0.0", "gru", 64),
    # texts
    _real("names", "gru", 64, steps=4000),
    _real("names", "lstm", 128, 2, steps=3000),
    _real("names", "transformer", 64, 2, steps=4000),
    _real("names", "conv", 64, 4, steps=4000),
    _real("sentiment", "gru", 32, steps=1000),
    _real("sentiment", "encoder", 48, 2, steps=1000),
    _real("sentiment-characters", "lstm", 48, two=True, steps=1500),
    # biology
    _real("promoters", "mlp", 16, steps=500),
    _real("promoters", "gru", 16, steps=500),
    _real("splice", "lstm", 32, two=True),
    _real("splice", "mlp", 64, 2),
    _real("splice", "conv", 48, 4),
    # events
    _real("hospital", "gru", 48),
    _real("hospital", "transformer", 64, 2),
    _real("hdfs", "gru", 24, steps=1000),
    _real("openssh", "lstm", 24, steps=1000),
    _real("linux", "ssm", 32, 2, steps=1000),
    _real("bgl", "transformer", 32, 1, steps=1000),
    # music
    _real("chorales", "lstm", 64),
    _real("chorales", "transformer", 64, 3),
    _real("chorales", "gla", 48, 2),
    # signals
    _real("vowels", "gru", 64, steps=1500),
    _real("vowels", "encoder", 64, 2, steps=1500),
    _real("pendigits", "rnn", 64, steps=4000),
    _real("pendigits", "mlp", 64, 2, steps=4000),
    _real("pendigits", "lstm", 64, steps=4000, letters=16),
    _real("libras", "gru", 64, two=True, steps=1500),
    _real("motions", "lstm", 24, steps=1000),
    _real("epilepsy", "gru", 48, steps=1500),
    _real("ecg", "rnn", 16, steps=1000),
    _real("gunpoint", "gru", 24, steps=1500),
    _real("power", "lstm", 16, steps=1500, letters=5),
    _real("power", "mlp", 32, steps=1500),
    # images
    _real("digits", "gru", 64, steps=3000),
    _real("digits", "mlp", 128, 2, steps=3000),
)


def chosen(names: Iterable[str]) -> tuple[Recipe, ...]:
    """Return the recipes of some networks, in the order of the table; all for no names.

    Raises
    ------
    InputError : a name that no recipe has
    """
    wanted = tuple(names)
    known = {recipe.name for recipe in RECIPES}
    if unknown := [name for name in wanted if name not in known]:
        raise InputError(f"the zoo has no network {unknown[0]!r}; its networks are {', '.join(sorted(known))}")
    return tuple(recipe for recipe in RECIPES if not wanted or recipe.name in wanted)
