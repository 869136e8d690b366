"""`nerode import`: a checkpoint directory from a file of weights."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from nerode.links import link_to_json
from nerode.shell.common import Answer, check_checkpoint
from nerode.shell.console import DONE, Status, uninterrupted
from nerode.teachers import directory
from nerode.teachers.imports.agreement import up_to
from nerode.teachers.imports.answers import read_answers
from nerode.teachers.imports.importing import Imported, Wanted
from nerode.teachers.imports.vocabulary import read_vocabulary
from nerode.teachers.imports.weights import import_weights


def run(options: Namespace, status: Status) -> Answer:
    """A checkpoint from a file of weights."""
    left = None if options.padding_side is None else options.padding_side == "left"
    wanted = Wanted(
        options.alphabet, None if options.vocabulary is None else read_vocabulary(options.vocabulary), options.start, options.end,
        options.padding, options.length, left, options.task, options.pooling, options.nonlinearity, options.activation,
        options.network, options.without,
    )  # fmt: skip
    answers = None if options.check is None else read_answers(options.check)
    if answers is not None:
        status.show(f"comparing with {len(answers.words):,} answers")
    found = import_weights(options.weights, wanted, answers)
    check_checkpoint(options)  # after the import, which takes seconds, so that its faults are told first
    proof = (
        None if found.proof is None else {"form": found.proof.form, "words": len(found.proof.errors), "error": found.proof.worst}
    )
    facts = {"imported": options.weights.name, "assumed": list(found.assumed), "aside": list(found.aside), "proof": proof}
    with uninterrupted():
        directory.save(options.out, found.model, facts)
    answer = {
        "checkpoint": str(options.out),
        "architecture": found.model.architecture,
        "task": found.model.link.task,
        "alphabet": list(found.model.alphabet),
        "link": link_to_json(found.model.link),
        "reading": None if found.reading is None else asdict(found.reading),
        "framing": found.framing,
        "asked": found.asked,
        "network": found.network,
        "tokens": found.tokens,
        "aside": list(found.aside),
        "assumed": list(found.assumed),
        "proof": proof,
    }
    return DONE, answer, _told(options, found)


def _told(options: Namespace, found: Imported) -> str:
    symbols = found.model.alphabet.symbols
    lines = [
        found.model.architecture,
        f"{found.model.link.task}, {len(symbols)} symbols: {' '.join(symbols[:30])}{' …' if len(symbols) > 30 else ''}",
    ]
    lines.append(f"tokens: {found.tokens}")
    if found.asked is not None:
        lines.append(found.asked)
    if found.proof is not None:
        reading = found.framing if found.reading is None else f"reading: {found.reading}; {found.framing}"
        reading += "" if found.network is None else f"; weights of {found.network}"
        lines.append(
            f"proved: all {len(found.proof.errors):,} answers are its {found.proof.form}, {up_to(found.proof.worst)} ({reading})"
        )
    if found.aside:
        lines.append(f"left aside: {', '.join(found.aside)} (no weights of a layer)")
    lines += [f"assumed: {sentence}" for sentence in found.assumed]
    return "\n".join([*lines, f"written to {options.out}"])
