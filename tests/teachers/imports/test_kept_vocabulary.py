"""Vocabularies that a program stored beside its weights."""

import json

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from nerode.errors import InputError
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.weights import import_weights

TABLE = {"<pad>": 0, "c": 1, "a": 2, "b": 3}
SYMBOLS = list(TABLE)
WITHOUT_PADDING = {"c": 1, "a": 2, "b": 3}


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(4, 5, padding_idx=0)
        self.lstm = nn.LSTM(5, 7, batch_first=True)
        self.output = nn.Linear(7, 2)


@pytest.fixture
def weights():
    torch.manual_seed(0)
    return Own().state_dict()


def imported(file, **said):
    return import_weights(file, Wanted(**said))


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"vocab": TABLE}, "vocab"),
        ({"vocab": WITHOUT_PADDING}, "vocab"),
        ({"epoch": 3, "char2idx": TABLE, "idx2char": SYMBOLS}, "char2idx"),
        ({"source_vocab": TABLE, "target_vocab": {"<pad>": 0, "a": 1, "b": 2, "c": 3}}, "source_vocab"),
        ({"idx2char": {token: symbol for symbol, token in TABLE.items()}}, "idx2char"),
        ({"hyper_parameters": {"hidden": 7, "vocabulary": {"itos": SYMBOLS, "stoi": TABLE}}}, "hyper_parameters.vocabulary.itos"),
        ({"token_dims": {"embedding": 9, "hidden": 10, "layers": 11}, "stoi": TABLE}, "stoi"),
        ({"alphabet": ["a", "b", "c"], "vocab": json.dumps(TABLE)}, "vocab"),  # a list of fewer symbols than tokens tells nothing
    ],
    ids=str,
)
def test_letters_are_the_tokens_that_the_file_says(tmp_path, weights, more, name):
    torch.save({"model": weights, **more}, tmp_path / "own.pt")
    found = imported(tmp_path / "own.pt")
    assert found.model.alphabet.symbols == ("c", "a", "b")
    assert found.tokens.startswith("c 1, a 2, b 3")
    assert found.tokens.endswith(f"(by {name} in the file)")
    assert found.assumed[0] == f"the tokens are those of {name} in the file (--vocabulary FILE if not)"


def test_an_alphabet_names_the_order_of_letters_alone(tmp_path, weights):
    torch.save({"model": weights, "vocab": TABLE}, tmp_path / "own.pt")
    found = imported(tmp_path / "own.pt", alphabet=tuple("abc"))
    assert found.tokens.startswith("a 2, b 3, c 1")


def test_metadata_of_safetensors_are_read_too(tmp_path, weights):
    save_file(weights, tmp_path / "own.safetensors", metadata={"format": "pt", "vocab": json.dumps(TABLE)})
    assert imported(tmp_path / "own.safetensors").model.alphabet.symbols == ("c", "a", "b")


def test_what_the_user_says_goes_before(tmp_path, weights):
    torch.save({"model": weights, "vocab": TABLE}, tmp_path / "own.pt")
    found = imported(tmp_path / "own.pt", vocabulary={"x": 1, "y": 2, "z": 3})
    assert found.tokens.startswith("x 1, y 2, z 3")
    assert "in the file" not in found.tokens


@pytest.mark.parametrize("alphabet", ["xyz", "abd"])
def test_an_alphabet_with_other_symbols_is_refused(tmp_path, weights, alphabet):
    torch.save({"model": weights, "vocab": TABLE}, tmp_path / "own.pt")
    with pytest.raises(InputError, match=f"the vocabulary vocab in the file has no symbol '{'x' if 'x' in alphabet else 'd'}'"):
        imported(tmp_path / "own.pt", alphabet=tuple(alphabet))


@pytest.mark.parametrize(
    "more",
    [
        {"vocab": TABLE, "char2idx": {"<pad>": 0, "a": 1, "b": 2, "c": 3}},
        {"sizes": {"embedding": 1, "hidden": 2, "layers": 3}},
        {"vocab": {"a": 1, "b": 2, "c": 4}},
        {"tokens": ["a", "b", "c"]},
        {"vocab": {"a": 1, "b": 1, "c": 2}},
        {"alphabet": "abca"},
        {"vocab": "[" * 100_000},
        {"vocab": {"a\x1b[2J": 1, "b": 2, "c": 3}},
        {"tokenizer": {"vocab": "vocab.txt", "lower": True}},
        {"vocab": {"config": {"config": '{"'}}},
        {"special_tokens": {"<pad>": 0, "<bos>": 1, "<eos>": 2}},
        {"vocab": {"<pad>": 0, "<bos>": 1, "<eos>": 2}},
        {"tag_to_ix": {"DET": 0, "NN": 1, "VB": 2}},
        {"word_rnn": {"layers": 1, "directions": 2, "heads": 3}},
        {"output_vocab": {"yes": 0, "no": 1, "maybe": 2}},
        {"best_word": "dcba"},
    ],
    ids=lambda more: str(more)[:60],
)
def test_tables_that_do_not_decide_are_no_vocabulary(tmp_path, weights, more):
    torch.save({"model": weights, **more}, tmp_path / "own.pt")
    with pytest.raises(InputError, match="does not say which is which letter"):
        imported(tmp_path / "own.pt")
