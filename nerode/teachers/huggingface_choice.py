"""The choice of a teacher for a network of the transformers library that has scores after each token.

A teacher may evaluate tries of suffixes, one letter at a time, or whole words. Whole words are always correct and cost most.
Models whose state has one size are read one letter at a time if their class is in `MEMORIES` (`huggingface_states`). For models
that keep keys and values, the first two methods are correct under these conditions:

- Every layer attends to all earlier tokens, without a window or chunks, and to no later token.
- The keys and values of a token depend on the earlier tokens alone. They must not depend on the length of the word, as they do
  if rotary positions are scaled for long texts ("longrope", "dynamic").
- For tries only: the position of a token is its position id, not its index among the keys, which windows and ALiBi use.

A test on some words cannot show this, since a window or a scaling may begin beyond the tested lengths. A model therefore must
belong to a class whose source was read (transformers 5.23), and its config must not ask for anything else. Only then is it tested
on words. Every other model, such as a subclass or a future class, is evaluated on whole words. A base model is known by the class
of the language model with the same layers.

Not guaranteed: some models select the largest of several values, which may tie (Doge, for equal letters). Rounding then decides,
also for whole words, and may differ from batch to batch.
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
from nerode.teachers.huggingface_caches import CachedTeacher, TreeReader
from nerode.teachers.huggingface_networks import ReadByToken, close
from nerode.teachers.huggingface_states import MEMORIES, RecurrentTeacher, known_as
from nerode.teachers.whole_words import WholeWordTeacher
from nerode.tries import preorder, trie
from nerode.words import Alphabet, FloatArray, Word

# classes in transformers.models.* that meet the conditions above if `_asks_for_nothing_else` holds
STEPPING = {"BloomForCausalLM"}  # ALiBi by the index among the keys, which is the position except in tries
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
OTHER_ATTENTION = re.compile("window|sliding|chunk|stride|alibi|bidirectional|attention_types")  # in the names of settings
HARMLESS = {"max_window_layers"}  # it selects the layers with a window and has no effect without one
STATIC = {"default", "linear", "llama3", "yarn"}  # rotary positions that are independent of the length of the text

# length of the words in the test, and of the prefix before their trie; the trie has more than one group of nodes, and the index
# of a node in its group is far from its position
LETTERS, BEFORE = 26, 2


@teacher_of.register
def _(network: ReadByToken, alphabet: Alphabet, link: Link, encoding: Encoding, width: int) -> Teacher:
    """Return the cheapest teacher that is known to be correct for the model and agrees with whole words in the test."""
    whole = WholeWordTeacher(alphabet, link, encoding, network.eval(), width)
    length = LETTERS if network.longest is None else min(LETTERS, network.longest - len(encoding.begin))
    teacher = _cheapest(network, alphabet, link, encoding, width)
    if teacher is None or length <= BEFORE:
        return whole
    words = _test_words(len(alphabet), length)
    expected = whole.scores(words)
    try:
        agrees = close(teacher.scores(words), expected) and (
            not isinstance(teacher, TreeReader) or close(_read_as_tries(teacher, words), expected)
        )
    except InputError:  # the model does not accept the positions, the masks or the cache
        agrees = False
    return teacher if agrees else whole


def _cheapest(network: ReadByToken, alphabet: Alphabet, link: Link, encoding: Encoding, width: int) -> CachedTeacher | None:
    """Return the cheapest teacher that is known to be correct for a model; None for whole words."""
    model = network.model
    if not network.by_token or not type(model).__module__.startswith("transformers.models."):
        return None
    name = known_as(model)
    if name in MEMORIES:
        fits = network.longest is None and MEMORIES[name].fits(model.config)
        return RecurrentTeacher(alphabet, link, encoding, network, width, MEMORIES[name]) if fits else None
    kind = TreeReader if name in READING_TREES else CachedTeacher if name in STEPPING else None
    if kind is None or not _asks_for_nothing_else(model.config) or not _caches_all_tokens(network, encoding):
        return None
    return kind(alphabet, link, encoding, network, width)


def _asks_for_nothing_else(config: Any) -> bool:
    """Return whether a config has full attention without windows in all layers, and positions independent of the length."""
    settings = config.to_dict()
    return (
        not any(value for name, value in settings.items() if OTHER_ATTENTION.search(name) and name not in HARMLESS)
        and set(settings.get("layer_types") or ()) <= {"full_attention"}
        and settings.get("is_causal", True) is True
        and set(_rotary_types(settings.get("rope_parameters"))) <= STATIC
    )


def _rotary_types(settings: Any) -> Iterator[str]:
    """Yield the types of rotary positions at any depth of the settings: some models have settings for each type of layer."""
    if isinstance(settings, dict):
        yield from (str(value) for name, value in settings.items() if name in ("rope_type", "type"))
        for value in settings.values():
            yield from _rotary_types(value)


def _caches_all_tokens(network: ReadByToken, encoding: Encoding) -> bool:
    """Return whether the cache of a model holds the keys and values of all tokens in every layer, and nothing else."""
    from transformers.cache_utils import DynamicCache, DynamicLayer  # optional, and already imported if there is a model

    tokens = torch.from_numpy(network.first(encoding)).to(network.table.device)
    with torch.inference_mode():
        cache: Any = getattr(network.ask(tokens, use_cache=True), "past_key_values", None)
    return type(cache) is DynamicCache and all(
        type(layer) is DynamicLayer
        and layer.is_initialized
        and layer.keys.shape[-2] == layer.values.shape[-2] == tokens.shape[1]
        and len(layer.keys) == len(layer.values) == 1
        for layer in cache.layers
    )


def _test_words(letters: int, length: int) -> list[Word]:
    """Return words of one length for the test: two prefixes, each with the same six suffixes, which branch early and late."""
    ends = np.random.default_rng(0).integers(letters, size=(6, length - BEFORE))
    for i, shared in ((1, 0.2), (2, 0.4), (4, 0.8)):
        ends[i, : int(shared * len(ends[i]))] = ends[0, : int(shared * len(ends[i]))]
    return [(*begin, *end) for begin in ((letters - 1,) * BEFORE, (0,) * BEFORE) for end in ends.tolist()]


def _read_as_tries(teacher: TreeReader, words: list[Word]) -> FloatArray:
    """Return the scores (n, width) of the words of `_test_words`. The suffixes of both prefixes are evaluated as one trie."""
    half = len(words) // 2
    states = teacher.start()
    for symbols in zip(words[0][:BEFORE], words[half][:BEFORE], strict=True):
        states = teacher.advance(states, np.arange(2) % len(states[-1]), np.array(symbols))
    tree = preorder(trie([word[BEFORE:] for word in words[:half]]))
    asked, which = np.unique(tree.ends, return_inverse=True)  # short suffixes over few letters may be equal
    wanted = np.isin(np.arange(len(tree.symbols)), asked)
    found = np.concatenate([fetched(scores) for scores in teacher.read_tree(states, tree.parents, tree.symbols, wanted)])
    scores = np.empty((2, half, teacher.width))
    scores[:, tree.words] = found[which].transpose(1, 0, 2)
    return scores.reshape(len(words), -1)
