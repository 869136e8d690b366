"""Tiny models in the layout of Hugging Face, made on the spot."""

import copy
import json

import numpy as np
import pytest
import torch
from doubles import words_up_to
from tolerances import allowed

from nerode.extraction.hankel.tables import tabulate
from nerode.stepping import prefix_scores

transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")

LETTERS = ("a", "b", "c")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
TOKENS = {token: i for i, token in enumerate((*SPECIAL, *LETTERS, "d", "e"))}
BEGIN, END = TOKENS["[CLS]"], TOKENS["[SEP]"]
SMALL = {"vocab_size": len(TOKENS), "initializer_range": 0.8, "bos_token_id": BEGIN, "eos_token_id": END, "pad_token_id": 0}
GPT2 = SMALL | {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 24}
MODERN = SMALL | {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 24,
    "max_position_embeddings": 24,
}
GROUPED = MODERN | {"num_key_value_heads": 2}
DISTIL = SMALL | {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 24, "max_position_embeddings": 24}
MAMBA = SMALL | {"hidden_size": 16, "num_hidden_layers": 2, "state_size": 4}
BLOOM = SMALL | {"hidden_size": 16, "n_layer": 2, "n_head": 2}


PRODUCTS = 13  # one after the other: in each of two layers six, and the read-out
TOLERANCE = PRODUCTS * allowed(torch.float32, 24)  # of the largest score
WORDS = words_up_to(len(LETTERS), 4)
CAUSAL = {
    "GPT2LMHeadModel": GPT2,
    "LlamaForCausalLM": GROUPED,
    "Qwen2ForCausalLM": GROUPED | {"tie_word_embeddings": True},
    "MistralForCausalLM": GROUPED | {"sliding_window": None},
    "GPTNeoXForCausalLM": MODERN,
    "BloomForCausalLM": BLOOM,
    "CohereForCausalLM": GROUPED | {"logit_scale": 0.3},
    "MambaForCausalLM": MAMBA,
}


def tokenizer(markers=True):
    """One token a letter; with markers where asked."""
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel(TOKENS, unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    made.add_special_tokens(list(SPECIAL))
    if markers:
        made.post_processor = tokenizers.processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", BEGIN), ("[SEP]", END)]
        )
    return made


def saved(folder, name, settings, spelled=True, seed=3, **saving):
    """A model of the class `name` with random weights; `spelled` is whether there is a tokenizer, True or one to save."""
    kind = getattr(transformers, name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = kind(kind.config_class(**settings)).eval()
        for weights in model.parameters():  # biases too, which are made as zeros
            weights.data += 0.1 * torch.randn_like(weights)
    model.save_pretrained(folder, **saving)
    if spelled:
        (tokenizer() if spelled is True else spelled).save(str(folder / "tokenizer.json"))
    return model


def edit(file, **changes):
    """Change fields of a JSON file; None takes a field away."""
    document = json.loads(file.read_text()) | changes
    file.write_text(json.dumps({key: value for key, value in document.items() if value is not None}))


def one_by_one(model, sequences):
    """What the plain model answers (n, …) for each sequence of its own tokens, alone."""
    with torch.inference_mode():
        return np.stack([model(torch.tensor([sequence])).logits[0].double().numpy() for sequence in sequences])


def next_scores(model, words, begin=(BEGIN,), ends=(END,)):
    """Slow truth for language models: all logits after each word, of which three letters and the end are kept."""
    tokens = [TOKENS[letter] for letter in LETTERS]
    logits = np.concatenate([one_by_one(model, [[*begin, *(tokens[i] for i in word)]])[:, -1] for word in words])
    end = np.log(np.exp(logits[:, list(ends)]).sum(axis=1, keepdims=True))
    return np.concatenate([logits[:, tokens], end], axis=1)


def tolerance_of(model, words):
    """How far float32 answers may be off, in parts of the largest: as if each product rounded all weights that it reads.

    Random weights can make a network that changes far more than they do: the attention of some is nearly one of two choices.
    """
    exactly = copy.deepcopy(model).double()
    truth = next_scores(exactly, words)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for weights in exactly.parameters():
            weights.data *= 1 + 2.0**-24 * (2 * torch.rand_like(weights) - 1)
    return max(TOLERANCE, PRODUCTS * np.abs(next_scores(exactly, words) - truth).max() / np.abs(truth).max())


def assert_close(found, expected, tolerance=TOLERANCE):
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= tolerance * np.abs(expected).max()


def class_scores(model, words, begin=(BEGIN,), finish=(END,)):
    return one_by_one(model, [[*begin, *(TOKENS[LETTERS[i]] for i in word), *finish] for word in words])


def assert_answers(teacher, truth, tolerance=TOLERANCE):
    """All three ways to ask a teacher give the truth, which differs from word to word."""
    expected = truth(WORDS)
    assert expected[:, 0].std() > 0.01 * np.abs(expected).max()
    assert_close(teacher.scores(WORDS), expected, tolerance)
    shuffled = np.random.default_rng(1).permutation(len(WORDS))
    assert_close(teacher.scores([WORDS[i] for i in shuffled]), expected[shuffled], tolerance)
    found, offsets = prefix_scores(teacher, WORDS)
    prefixes = [word[:k] for word in WORDS for k in range(len(word) + 1)]
    position = {word: i for i, word in enumerate(WORDS)}
    assert offsets[-1] == len(prefixes)
    assert_close(found, expected[[position[prefix] for prefix in prefixes]], tolerance)
    short = words_up_to(len(LETTERS), 2)
    cells = tabulate(teacher, short, short)
    assert_close(cells, expected[[[position[p + s] for s in short] for p in short]], tolerance)
