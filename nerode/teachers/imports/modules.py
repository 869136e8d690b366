"""Torch modules in memory as teachers.

A recurrent module is recognised by its weights, and the reading of them is proved by its own answers. It is then asked by the
engine that keeps states. Any other module is asked whole words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import is_dataclass, replace
from itertools import chain
from operator import index
from typing import Any

from torch import nn

from nerode.errors import InputError, shown
from nerode.functions import alphabet_of
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES
from nerode.protocols import SteppingTeacher, Teacher, TwoWayTeacher
from nerode.teachers.encoding import Padding
from nerode.teachers.imports.agreement import up_to
from nerode.teachers.imports.assembly import Vocabulary, check_padding, task_of
from nerode.teachers.imports.calling import Encode, called, longest_read, proof_words
from nerode.teachers.imports.module_weights import LIKELY, MOST, read, recognised, without_some
from nerode.teachers.imports.parts import Parts
from nerode.teachers.imports.transformers import Transformer
from nerode.teachers.imports.vocabulary import ranges
from nerode.teachers.imports.whole_modules import as_many_as_tokens, whole_words
from nerode.teachers.model import TrainedModel
from nerode.teachers.transformer import CausalTransformer
from nerode.teachers.whole_words import WholeWordTeacher
from nerode.words import Alphabet

MEANS = {
    CLASSIFIER: "Its answers are taken for scores of classes; of a single one, for the margin of class 1.",
    LANGUAGE_MODEL: "Its answers are taken for scores of the next token.",
    SCORES: "Its answers are taken for values.",
}
TASKS = {"labels": CLASSIFIER, "scores": CLASSIFIER, "probabilities": CLASSIFIER, "values": SCORES, "next": LANGUAGE_MODEL}


def module_teacher(
    module: nn.Module,
    alphabet: str | Iterable[str],
    *,
    encode: Encode | None = None,
    tokens: Sequence[int] | Mapping[str, int] | None = None,
    start: int | None = None,
    end: int | None = None,
    padding: int | None = None,
    length: int | None = None,
    padding_side: str | None = None,
    gives: str | None = None,
    classes: Sequence[Any] | None = None,
    longest: int | None = None,
) -> Teacher:
    """Return a torch module as a teacher. The module is asked in evaluation mode, and its weights are copied where they are read.

    `told` of the teacher says in a sentence how it is asked, and why not faster.

    Parameters
    ----------
    alphabet : the symbols
    encode : makes the module's input, a tensor or a tuple of arguments, of a list of words of one length, each a tuple of letter
        indices; None for indices or one-hot vectors of tokens
    tokens : the token of each letter, in their order or by symbol; None where these are all the tokens of the module, in their
        order, except markers and padding
    start, end : tokens that a classifier reads around each word; a language model reads the start and predicts the end
    padding, length, padding_side : the token that fills every word to `length` tokens, on the "left" or on the "right" (default);
        without a length words are not filled
    gives, classes, longest : as in `nerode.functions.function_teacher`

    Raises
    ------
    InputError : a module that cannot be asked, whose answers do not have one meaning, or that has more tokens than letters
    """
    known = alphabet_of(alphabet)
    if gives is not None and gives not in TASKS:
        raise InputError(f"answers cannot be {gives!r}; choose one of {', '.join(TASKS)}")
    task = TASKS[gives] if gives else None
    parts, reason = recognised(module, encode, start)
    if classes is not None and parts is not None and len(classes) != max(2, parts.outputs):
        parts, reason = None, "its answers are labels, whose classes are given"
    filling = _filling(padding, length, padding_side)
    chosen, told = _tokens(module, parts, known, tokens, {start, end, padding}, encode is not None)
    vocabulary = Vocabulary(known, chosen, start, end, filling)
    if task is None and parts is not None:
        if parts.outputs == parts.tokens > 2 and end is None:
            raise InputError(
                f"the module has as many outputs as tokens, {parts.tokens}; say gives='next' if they are of the next token, or "
                "gives='scores' or 'probabilities' if they are of classes"
            )
        task, _ = task_of(parts, vocabulary, None)
    begin = () if start is None else (start,)
    calling = called(module, vocabulary.tokens, begin, (), filling, encode)
    if task is None and as_many_as_tokens(calling):
        task = LANGUAGE_MODEL
    check_padding(vocabulary, task or "")
    if end is not None and task != LANGUAGE_MODEL:
        calling = replace(calling, finish=(end,))
    if isinstance(parts, Transformer) and parts.spec.positions:
        room = parts.spec.positions - len(calling.begin) - len(calling.finish)
        longest = room if longest is None else min(longest, room)
    if filling is not None:
        room = filling.length - len(calling.begin) - len(calling.finish)
        longest = room if longest is None else min(longest, room)
    if encode is None and filling is None:
        tried = longest_read(calling)
        longest = tried if longest is None or (tried is not None and tried < longest) else longest
    words = proof_words(len(known), longest)
    answers, told = calling.answers(words), told + calling.told(len(words[-1]))
    whole = [("", parts)] if parts is not None and task is not None else []
    fewer = without_some(module) if encode is None and classes is None else ()
    for unused, found in chain(whole, fewer):
        try:
            its_task = task or task_of(found, vocabulary, None)[0]
            most = LIKELY if unused else MOST
            model, reading, error = read(module, found, vocabulary, its_task, words, answers, most)
        except InputError as failure:
            reason = reason or str(failure)
        else:
            asked = _way(model)
            if longest is not None:
                _limit(model, longest)
            left = f" Left aside: {', '.join(found.aside)} (no weights of a layer)." if found.aside else ""
            left += f" The layer {unused} takes no part in its answers." if unused else ""
            proof = f"which gives its answers to {len(words)} words {up_to(error)}"
            return _telling(
                model.teacher,
                f"The module is read as {model.architecture} ({reading}), {proof}. {told}"
                f"{_limits(longest, its_task, end)}{asked}. {MEANS[its_task]}{left}",
            )
    told += _limits(longest, task, end)
    return whole_words(calling, vocabulary, task, gives, classes, longest, reason, told)


def _filling(padding: int | None, length: int | None, side: str | None) -> Padding | None:
    """Return what fills words, or None; raise InputError if half of it is said."""
    if side not in ("left", "right", None):
        raise InputError(f"padding_side is 'left' or 'right', not {side!r}")
    if length is None:
        if side is not None:
            raise InputError("padding_side= says where words are filled; say to how many tokens, length=, or leave it out")
        return None
    if padding is None:
        raise InputError(f"which token fills words to {length} tokens is not said; give padding=")
    return Padding(padding, length, side == "left")


def _tokens(
    module: nn.Module,
    parts: Parts | Transformer | None,
    alphabet: Alphabet,
    tokens: Sequence[int] | Mapping[str, int] | None,
    others: set[int | None],
    encoded: bool,
) -> tuple[tuple[int, ...], str]:
    """Return the token of each letter, and a sentence that says it.

    Parameters
    ----------
    others : the tokens that are no letters, and None
    encoded : whether a function of the user makes the input of letters, so that there are no tokens
    """
    count = len(alphabet)
    if tokens is not None:
        chosen = _said_tokens(tokens, alphabet)
    else:
        tables = [table for table in module.modules() if isinstance(table, nn.Embedding)]
        others = others | {table.padding_idx for table in tables}
        size = parts.tokens if parts is not None else tables[0].num_embeddings if tables and not encoded else None
        left = [token for token in range(count + len(others) if size is None else size) if token not in others]
        if size is not None and len(left) != count:
            raise InputError(
                f"the module reads {size} tokens, {len(left)} of which may be the {count} symbols of the alphabet; say which: "
                "tokens=[…], one for each symbol, and start=, end=, padding= for those around words"
            )
        chosen = tuple(left[:count])
    return chosen, "" if encoded else f"The letters are the tokens {ranges(chosen)}. "


def _said_tokens(tokens: Sequence[int] | Mapping[str, int], alphabet: Alphabet) -> tuple[int, ...]:
    """Return the token of each letter as the user says them; raise InputError where not each letter has one."""
    form = "give tokens=[…], a whole number for each symbol, or tokens={symbol: number}"
    if isinstance(tokens, Mapping):
        if missing := [symbol for symbol in alphabet.symbols if symbol not in tokens]:
            raise InputError(f"tokens has no number for the symbol {missing[0]!r} of the alphabet; {form}")
        if unknown := [symbol for symbol in tokens if symbol not in alphabet.symbols]:
            raise InputError(
                f"tokens names {shown(unknown[0])}, which is no symbol of the alphabet; start=, end= and padding= name tokens "
                "that are no letters"
            )
        tokens = [tokens[symbol] for symbol in alphabet.symbols]
    try:
        chosen = tuple(map(index, tokens))
    except TypeError as error:
        raise InputError(f"tokens is {shown(tokens)}; {form}") from error
    if len(chosen) != len(alphabet):
        raise InputError(f"tokens has {len(chosen)} numbers for the {len(alphabet)} symbols of the alphabet")
    if min(chosen) < 0:
        raise InputError(f"tokens has the number {min(chosen)}, and tokens are numbered from 0 on; {form}")
    return chosen


def _limits(longest: int | None, task: str | None, end: int | None) -> str:
    """Return sentences about words that are too long, and about words that never end."""
    said = "" if longest is None else f"Words are of at most {longest} letters. "
    if task == LANGUAGE_MODEL and end is None:
        said += (
            "No token is the end of a word, so that no word ever ends, and figures such as the perplexity count no ends; end= "
            "names the token. "
        )
    return said


def _way(model: TrainedModel) -> str:
    """Return how the network is asked, in words."""
    if isinstance(model.teacher, SteppingTeacher | TwoWayTeacher):
        return "States are kept"
    padded = model.encoding.padding is not None
    reason = "words are padded" if padded else "its layers read both ways and mix what they read"
    return f"It is asked whole words, since {reason}"


def _limit(model: TrainedModel, longest: int) -> None:
    """Say that words are of at most `longest` letters; the network may be asked about no longer ones."""
    teacher: Any = model.teacher
    if isinstance(teacher, WholeWordTeacher):
        network: Any = model.network
        if not isinstance(network, CausalTransformer):  # which says it itself
            network.longest = longest + len(model.encoding.begin) + len(model.encoding.finish)
    else:
        both = isinstance(teacher, TwoWayTeacher)
        parts: list[Any] = [teacher.forward, teacher.backward] if both else [teacher]
        for part in parts:
            part.longest = longest


def _telling(teacher: Any, told: str) -> Teacher:
    if is_dataclass(teacher):
        return replace(teacher, told=told)  # type: ignore[return-value,type-var]
    teacher.told = told
    return teacher  # type: ignore[no-any-return]
