"""How a language model of the transformers library is asked: tries of suffixes at once, letter by letter, or whole words.

Whole words are always right, and cost most. The other two ways are right where

- every layer attends to all tokens before, none of them far away or in another chunk, and to nothing after;
- what is kept of a token depends on the tokens before it alone: not on how long the word will be, as it does where rotary
  positions are stretched for long texts ("longrope", "dynamic");
- for tries, a token's position is what it is told, not its place among the keys, by which windows and ALiBi go.

No trial can show that: a window or a stretch may begin beyond whatever was tried. So a model must be of a class whose source
was read (transformers 5.23), its config must ask for nothing else, and only then is it tried. Whatever is not known, a subclass
or a class of tomorrow, is asked whole words.

Not guaranteed: models that keep the largest of values which tie (Doge, of equal letters) answer whole words, too, as rounding
decides, which differs from batch to batch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from nerode.arrays import fetched
from nerode.errors import InputError
from nerode.links import Link
from nerode.protocols import Teacher
from nerode.teachers.asking import teacher_of
from nerode.teachers.encoding import Encoding
from nerode.teachers.huggingface_networks import CachedTeacher, LanguageModel, TreeReader, close
from nerode.teachers.whole_words import WholeWordTeacher
from nerode.tries import preorder, trie
from nerode.words import Alphabet, FloatArray, Word

# each is right for the conditions above where `_asks_for_nothing_else` holds; modules transformers.models.*
STEPPING = {"BloomForCausalLM"}  # ALiBi by the place among the keys, which is the position where words are read on
READING_TREES = {
    "BioGptForCausalLM",
    "CodeGenForCausalLM",
    "CohereForCausalLM",
    "FalconForCausalLM",
    "GPT2LMHeadModel",
    "GPTBigCodeForCausalLM",
    "GPTJForCausalLM",
    "GPTNeoXForCausalLM",
    "GemmaForCausalLM",
    "GlmForCausalLM",
    "GraniteForCausalLM",
    "HeliumForCausalLM",
    "LlamaForCausalLM",
    "MistralForCausalLM",
    "MixtralForCausalLM",
    "OPTForCausalLM",
    "Olmo2ForCausalLM",
    "OlmoForCausalLM",
    "PersimmonForCausalLM",
    "Phi3ForCausalLM",
    "PhiForCausalLM",
    "Qwen2ForCausalLM",
    "Qwen3ForCausalLM",
    "Qwen3MoeForCausalLM",
    "SmolLM3ForCausalLM",
    "StableLmForCausalLM",
    "Starcoder2ForCausalLM",
}
OTHER_ATTENTION = re.compile("window|sliding|chunk|stride|alibi|bidirectional|attention_types")  # in names of settings
HARMLESS = {"max_window_layers"}  # says which layers have a window where there is one
STATIC = {"default", "linear", "llama3", "yarn"}  # rotary positions that do not depend on the length of the text

# letters of the words that are tried, and how many of them are read before the trie of what follows: it has more than one group
# of nodes, and in these the place of a node is far from its position
LETTERS, BEFORE = 26, 2


@teacher_of.register
def _(network: LanguageModel, alphabet: Alphabet, link: Link, encoding: Encoding, width: int) -> Teacher:
    """The cheapest way that is known to be right for such a model, and agrees with whole words where it was tried."""
    whole = WholeWordTeacher(alphabet, link, encoding, network.eval(), width)
    kind = _kind(network.model)
    length = LETTERS if network.longest is None else min(LETTERS, network.longest - len(encoding.begin))
    if kind is None or length <= BEFORE or not _keeps_everything(network, encoding):
        return whole
    words = _tried(len(alphabet), length)
    expected = whole.scores(words)
    teacher = kind(alphabet, link, encoding, network, width)
    try:
        agrees = close(teacher.scores(words), expected) and (
            not isinstance(teacher, TreeReader) or close(_read_as_tries(teacher, words), expected)
        )
    except InputError:  # positions, masks or kept states that this model cannot be given
        agrees = False
    return teacher if agrees else whole


def _kind(model: Any) -> type[CachedTeacher] | None:
    """The way that is known to be right for a model; None for whole words."""
    name = type(model).__name__
    if not (type(model).__module__.startswith("transformers.models.") and _asks_for_nothing_else(model.config)):
        return None
    return TreeReader if name in READING_TREES else CachedTeacher if name in STEPPING else None


def _asks_for_nothing_else(config: Any) -> bool:
    """Whether no setting speaks of windows and the like, all layers attend fully, and positions do not depend on the length."""
    settings = config.to_dict()
    return (
        not any(value for name, value in settings.items() if OTHER_ATTENTION.search(name) and name not in HARMLESS)
        and set(settings.get("layer_types") or ()) <= {"full_attention"}
        and settings.get("is_causal", True) is True
        and set(_rotary_types(settings.get("rope_parameters"))) <= STATIC
    )


def _rotary_types(settings: Any) -> Iterator[str]:
    """The kinds of rotary positions, wherever they are named: some models have settings for each kind of layer."""
    if isinstance(settings, dict):
        yield from (str(value) for name, value in settings.items() if name in ("rope_type", "type"))
        for value in settings.values():
            yield from _rotary_types(value)


def _keeps_everything(network: LanguageModel, encoding: Encoding) -> bool:
    """Whether a model's cache holds the keys and the values of all tokens, for each layer alike, and nothing else."""
    from transformers.cache_utils import DynamicCache, DynamicLayer  # optional, and loaded already where there is a model

    tokens = torch.from_numpy(encoding.tokens([()])).to(network.table.device)
    with torch.inference_mode():
        cache: Any = getattr(network.ask(tokens, use_cache=True), "past_key_values", None)
    return type(cache) is DynamicCache and all(
        type(layer) is DynamicLayer
        and layer.is_initialized
        and layer.keys.shape[-2] == layer.values.shape[-2] == tokens.shape[1]
        and len(layer.keys) == len(layer.values) == 1
        for layer in cache.layers
    )


def _tried(letters: int, length: int) -> list[Word]:
    """Words of one length that begin in two ways; behind each of these follow the same few, which part early and late."""
    ends = np.random.default_rng(0).integers(letters, size=(6, length - BEFORE))
    for i, shared in ((1, 0.2), (2, 0.4), (4, 0.8)):
        ends[i, : int(shared * len(ends[i]))] = ends[0, : int(shared * len(ends[i]))]
    return [(*begin, *end) for begin in ((letters - 1,) * BEFORE, (0,) * BEFORE) for end in ends.tolist()]


def _read_as_tries(teacher: TreeReader, words: list[Word]) -> FloatArray:
    """Scores (n, width) of `_tried` words: what follows both beginnings is read as one trie."""
    half = len(words) // 2
    states = teacher.start()
    for symbols in zip(words[0][:BEFORE], words[half][:BEFORE], strict=True):
        states = teacher.advance(states, np.arange(2) % len(states[-1]), np.array(symbols))
    tree = preorder(trie([word[BEFORE:] for word in words[:half]]))
    asked, which = np.unique(tree.ends, return_inverse=True)  # in short words of few letters several may be one
    wanted = np.isin(np.arange(len(tree.symbols)), asked)
    found = np.concatenate([fetched(scores) for scores in teacher.read_tree(states, tree.parents, tree.symbols, wanted)])
    scores = np.empty((2, half, teacher.width))
    scores[:, tree.words] = found[which].transpose(1, 0, 2)
    return scores.reshape(len(words), -1)
