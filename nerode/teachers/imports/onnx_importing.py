"""Import of ONNX models: as the recurrent network that one is, or else as one that is asked whole words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from nerode.errors import InputError
from nerode.links import SCORES
from nerode.teachers.imports import onnx_models
from nerode.teachers.imports.agreement import agreement, outputs_of, up_to
from nerode.teachers.imports.assembly import check_padding, encoding_of, kept_tokens, linked, task_of
from nerode.teachers.imports.chain import identity
from nerode.teachers.imports.importing import Imported, Wanted, asked_about, doubted, imported, refuse_reading, wanted_vocabulary
from nerode.teachers.imports.proof import Answers, proved_in
from nerode.teachers.model import TrainedModel
from nerode.teachers.onnx_files import read_onnx, safe

ORIGIN = "ONNX model"


@dataclass(frozen=True)
class _Whole:
    """What is known of a model that is asked whole words: its tokens, its outputs, and the table of its embedding."""

    tokens: int
    outputs: int
    table: Tensor | None


FLOAT16 = 10  # TensorProto.FLOAT16
HALF = "weights of half precision: programs may compute with them in other ways, and answers differ by some thousandths"


def import_onnx(path: Path, wanted: Wanted, answers: Answers | None) -> Imported:
    """Return the network in an ONNX file. Of several outputs answers tell which one; without them it is the first.

    Raises
    ------
    InputError : a file that cannot be read, something that it does not say and the user has to, or answers that it does not give
    """
    try:
        names = tuple(dict.fromkeys(output.name for output in read_onnx(path).graph.output))
        if wanted.network is not None or len(names) < 2:
            return _of_output(path, wanted, answers)
        if answers is not None:
            return _agreeing(path, names, wanted, answers)
        try:
            made = _of_output(path, wanted, None)
        except InputError as error:
            raise InputError(f"{error}. This is of its output {safe(names[0])}; others: {_others(names[1:])}") from error
        return replace(
            made, assumed=(f"its answer is the first output, {safe(names[0])}; others: {_others(names[1:])}", *made.assumed)
        )
    except InputError as error:
        raise InputError(f"{path} cannot be imported: {error}") from error


def _of_output(path: Path, wanted: Wanted, answers: Answers | None) -> Imported:
    """Return the network of the output that is wanted, or of the first."""
    found = onnx_models.load(path, wanted.task == SCORES, wanted.network, _padding(wanted))
    made = _whole(found, found.read, wanted, answers) if isinstance(found.read, str) else _read(found.read, wanted, answers)
    half = (HALF,) if answers is None and any(part.data_type == FLOAT16 for part in read_onnx(path).graph.initializer) else ()
    return replace(made, assumed=(*made.assumed, *found.told, *half))


def _agreeing(path: Path, names: tuple[str, ...], wanted: Wanted, answers: Answers) -> Imported:
    """Return the network of the first output that gives all answers.

    Raises
    ------
    InputError : none gives them, with what the first is said to lack
    """
    agreeing: list[tuple[str, Imported]] = []
    failures: list[InputError] = []
    for name in names:
        try:
            agreeing.append((name, _of_output(path, replace(wanted, network=name), answers)))
        except InputError as error:
            failures.append(error)
    if not agreeing:
        raise InputError(f"none of its outputs {', '.join(map(safe, names))} gives the answers; of the first: {failures[0]}")
    (name, made), *more = agreeing
    said = f"its answer is the output {safe(name)}, which gives the answers"
    if more:
        said += f", as does {_others([other for other, _ in more])}"
    return replace(made, assumed=(said, *made.assumed))


def _others(names: Sequence[str]) -> str:
    return f"{', '.join(map(safe, names))} (--network {safe(names[0])})"


def _padding(wanted: Wanted) -> int | None:
    """Return the token of padding, where the user names it."""
    if wanted.padding is None:
        return None
    known = (wanted.vocabulary or {}).get(wanted.padding)
    return int(wanted.padding) if known is None and wanted.padding.isdecimal() else known


def _read(read: onnx_models.Read, wanted: Wanted, answers: Answers | None) -> Imported:
    made = imported(read.parts, wanted, ORIGIN, answers, read.reading)
    count, worst = len(read.proof.errors), read.proof.worst
    return replace(
        made, asked=f"read into nerode's own engine, which gives onnxruntime's answers to {count} words {up_to(worst)}"
    )


def _whole(found: onnx_models.Found, reason: str, wanted: Wanted, answers: Answers | None) -> Imported:
    named = [name for name in (wanted.start, wanted.end, wanted.padding) if name and name.isdecimal()]
    tokens = found.tokens or max(  # a model without an embedding does not say them
        len(wanted.alphabet or ()) + len(set(named)), 1 + max((wanted.vocabulary or {}).values(), default=0)
    )
    whole = _Whole(tokens, found.outputs, found.table)
    vocabulary = wanted_vocabulary(whole, wanted)
    task, taken = task_of(whole, vocabulary, wanted.task)
    refuse_reading(wanted, "the file says what these options say")
    check_padding(vocabulary, task)
    same = identity(found.outputs, torch.zeros(0, dtype=torch.float64))
    assumed, proof = [taken] if taken else [], None
    if answers is not None:
        network = found.network(range(tokens), same)
        asked, framings = asked_about(vocabulary, wanted, answers, task, 0, found.longest)
        _, vocabulary, proof = proved_in(
            framings, asked, lambda given: ("as the file says", agreement(outputs_of(network, given), asked.answers, task))
        )
        assumed += doubted("", (), vocabulary, framings, asked, proof, network)
    else:
        assumed += vocabulary.told
    last, link = linked(same, vocabulary, task)
    network = found.network(kept_tokens(vocabulary), last)
    spec = network.spec
    model = TrainedModel(network, vocabulary.alphabet, link, encoding_of(vocabulary, task), spec.width, str(spec), ORIGIN)
    assumed += _empty_word(model)
    if found.longest is None:
        assumed.append(f"words of more than {found.tried:,} tokens were not tried, and are taken to be read")
    said = f"asked whole words through onnxruntime, since {reason}"
    return Imported(model, None, vocabulary.framing, tuple(assumed), proof, said, tokens=vocabulary.spelled)


def _empty_word(model: TrainedModel) -> Iterator[str]:
    encoding = model.encoding
    if not encoding.begin and not encoding.finish and encoding.padding is None:
        yield "the empty word gets the mean of the answers to the single tokens"
