"""The network that a module in memory is, by its weights and by its own answers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

from torch import nn
from torch.nn.parameter import is_lazy

from nerode.errors import InputError
from nerode.teachers.imports import transformers
from nerode.teachers.imports.agreement import proved
from nerode.teachers.imports.assembly import Vocabulary, assembled
from nerode.teachers.imports.calling import Encode
from nerode.teachers.imports.files import Weights, copied
from nerode.teachers.imports.left_out import modules_of, without
from nerode.teachers.imports.parts import Parts
from nerode.teachers.imports.readings import Reading, network_of, readings
from nerode.teachers.imports.recognition import parts_of
from nerode.teachers.imports.transformers import Transformer, transformer_of
from nerode.teachers.model import TrainedModel
from nerode.words import FloatArray, Words

MOST, LIKELY = 5000, 200  # readings that are tried of a whole module, and of one without some layer


def recognised(module: nn.Module, encode: Encode | None, start: int | None) -> tuple[Parts | Transformer | None, str]:
    """Return the network that a module is by its weights, or None and the reason why it is none."""
    if encode is not None:
        return None, "what encode makes of words is not known"
    if any(is_lazy(part) for part in module.parameters()):
        raise InputError("the module has layers whose sizes are not known yet; call it once, and hand it over then")
    tensors = {name: copied(tensor.cpu()) for name, tensor in module.state_dict().items()}
    try:
        if not any(isinstance(part, nn.TransformerEncoder) for part in module.modules()):
            return parts_of(tensors), ""
        if start is None:
            return None, "a transformer keeps states only where it is causal and words begin with a marker, which start= names"
        return transformer_of(tensors), ""
    except (InputError, RuntimeError, KeyError) as error:
        return None, str(error).partition("; it holds")[0]


def read(
    module: nn.Module,
    parts: Parts | Transformer,
    vocabulary: Vocabulary,
    task: str,
    words: Words,
    answers: FloatArray,
    most: int = MOST,
) -> tuple[TrainedModel, str, float]:
    """Return the model that gives the answers of the module to the words, its reading, and its largest error.

    Parameters
    ----------
    most : readings that are tried

    Raises
    ------
    InputError : no reading gives them
    """
    tokens = vocabulary.encoded(words, task)
    if max(vocabulary.tokens) >= parts.tokens:
        raise InputError(f"it reads {parts.tokens} tokens")
    network: nn.Module
    if isinstance(parts, Transformer):
        heads = {part.num_heads for part in module.modules() if isinstance(part, nn.MultiheadAttention)}
        make = partial(transformers.network_of, parts)
        choice, agreement = proved(make, transformers.readings(parts, heads), tokens, answers, task)
        if not agreement.holds or agreement.form == "labels":
            raise InputError(
                "it is no causal transformer that is read out at the last token, or it puts the start token before its words "
                f"itself, and then start= is to be left out: the nearest reading errs by {agreement.worst:.1g}"
            )
        network, encoding, link = transformers.assembled(parts, choice, vocabulary, task)
        said = str(choice)
    else:
        candidates = islice(readings(parts, Reading(), frozenset()), most)
        reading, agreement = proved(partial(network_of, parts), candidates, tokens, answers, task)
        if not agreement.holds or agreement.form == "labels":
            raise InputError(f"it is no plain stack of its layers: the nearest reading ({reading}) errs by {agreement.worst:.1g}")
        final, encoding, link = assembled(parts, vocabulary, task)
        network = network_of(final, reading)
        said = str(reading)
    shape: Any = network.spec
    return (
        TrainedModel(network, vocabulary.alphabet, link, encoding, shape.width, str(shape), "torch module"),
        said,
        agreement.worst,
    )


def without_some(module: nn.Module) -> Iterator[tuple[str, Parts]]:
    """Yield the recurrent networks that a module is without one of its layers, such as a second head, and that layer."""
    if any(isinstance(part, nn.TransformerEncoder) for part in module.modules()):
        return
    weights = [Weights({name: copied(tensor.cpu()) for name, tensor in module.state_dict().items()}, (), True)]
    for name in modules_of(weights):
        try:
            yield name, parts_of(without(weights, [name])[0].tensors)
        except InputError:
            continue
