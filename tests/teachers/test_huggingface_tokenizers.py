"""Tokenizers in all forms of files are read as AutoTokenizer reads them, and directories without all parts are refused."""

import json

import numpy as np
import pytest
from doubles import words_up_to
from huggingface_files import BEGIN, GPT2, MODERN, one_by_one, saved, tokenizers, transformers

from nerode.cli import main
from nerode.teachers.checkpoints import load_teacher
from nerode.teachers.huggingface_tokenizers import read_tokenizer

pytestmark = pytest.mark.usefixtures("no_network")

PIECES = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##able\nyes\nno\n[MASK]\n"
BYTES = {"<s>": 0, "</s>": 1, "<pad>": 2, "<unk>": 3, "<mask>": 4, "a": 5, "b": 6, "Ġ": 7, "ab": 8, "Ġab": 9, "<|endoftext|>": 10}
MERGES = "#version: 0.2\na b\nĠ ab\n"
WORDS = words_up_to(3, 2)
# the files, the class and its settings, the alphabet, and the text of a word of it
FORMS = {
    "vocab.txt": ({"vocab.txt": PIECES}, "BertForSequenceClassification", MODERN, ("unable", "yes", "no"), " "),
    "vocab.txt, with case": (
        {"vocab.txt": PIECES.replace("yes", "Yes"), "tokenizer_config.json": {"do_lower_case": False}},
        "BertForSequenceClassification", MODERN, ("unable", "Yes", "no"), " "),
    "vocab.txt and added_tokens.json": (
        {"vocab.txt": PIECES, "added_tokens.json": {"0x1f": 9}, "special_tokens_map.json": {"unk_token": "[UNK]"}},
        "BertForSequenceClassification", MODERN | {"vocab_size": 10}, ("0x1f", "yes", "unable"), " "),
    "vocab.json and merges.txt": (
        {"vocab.json": BYTES, "merges.txt": MERGES}, "GPT2ForSequenceClassification", GPT2, ("Ġab", "ab", "abb"), ""),
    "the same with markers": (
        {"vocab.json": BYTES, "merges.txt": MERGES}, "RobertaForSequenceClassification",
        MODERN | {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2}, ("Ġab", "ab", "abb"), ""),
    "a tokenizer without files": (
        {"tokenizer_config.json": {"tokenizer_class": "ByT5Tokenizer"}}, "BertForSequenceClassification",
        MODERN | {"vocab_size": 400}, ("a", "b", "xyz"), ""),
}  # fmt: skip


def written(folder, files):
    for name, content in files.items():
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.mark.parametrize("case", FORMS)
@pytest.mark.sampled(3)
def test_words_are_encoded_as_auto_tokenizer_encodes_texts(case, tmp_path):
    files, name, settings, symbols, between = FORMS[case]
    model = saved(tmp_path, name, settings | {"vocab_size": max(11, settings["vocab_size"]), "num_labels": 3}, False)
    written(tmp_path, files)
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    teacher = load_teacher(tmp_path, symbols)
    assert ("spaces" if between else "nothing") in teacher.told
    texts = [between.join(symbols[i].replace("Ġ", " ") for i in word) for word in WORDS]
    encoded = [theirs.encode(text) or [BEGIN] for text in texts]
    expected = one_by_one(model, encoded)
    np.testing.assert_allclose(teacher.scores(WORDS), expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_a_model_of_sentencepiece(tmp_path):
    sentencepiece = pytest.importorskip("sentencepiece")
    text = tmp_path / "text.txt"
    text.write_text("yes no unable\nno yes\nunable yes no no\n" * 50)
    options = {"vocab_size": 24, "model_type": "unigram", "pad_id": 3, "hard_vocab_limit": False, "minloglevel": 2}
    sentencepiece.SentencePieceTrainer.train(input=str(text), model_prefix=str(tmp_path / "spiece"), **options)
    (tmp_path / "spiece.vocab").unlink()
    settings = MODERN | {"vocab_size": 200, "num_labels": 3}
    model = saved(tmp_path, "BertForSequenceClassification", settings, False)
    written(tmp_path, {"tokenizer_config.json": {"tokenizer_class": "T5Tokenizer", "extra_ids": 0}})
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    symbols = ("yes", "no", "unable")
    teacher = load_teacher(tmp_path, symbols)
    assert teacher.told.endswith("with spaces between them.")
    words = WORDS[1:]  # ε has the begin token of the config
    expected = one_by_one(model, [theirs.encode(" ".join(symbols[i] for i in word)) for word in words])
    np.testing.assert_allclose(teacher.scores(words), expected, rtol=0, atol=1e-5 * np.abs(expected).max())


def test_without_an_alphabet_a_vocabulary_without_its_markers_is_one(tmp_path):
    saved(tmp_path, "BertForSequenceClassification", MODERN, False)
    written(tmp_path, {"vocab.txt": PIECES})
    assert load_teacher(tmp_path).alphabet.symbols == ("un", "##able", "yes", "no")


def test_tokenizer_json_goes_before_other_files(tmp_path):
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({"x": 0, "[UNK]": 1}, unk_token="[UNK]"))
    made.save(str(tmp_path / "tokenizer.json"))
    written(tmp_path, {"vocab.txt": PIECES, "tokenizer_config.json": {"tokenizer_class": "BertTokenizer"}})
    assert read_tokenizer(tmp_path).vocabulary == {"x": 0, "[UNK]": 1}


def test_where_a_tokenizer_came_from_is_no_file(tmp_path):
    saved(tmp_path, "BertForSequenceClassification", MODERN | {"vocab_size": 11}, False)
    written(
        tmp_path,
        {"vocab.txt": PIECES, "tokenizer_config.json": {"name_or_path": "google/bert", "tokenizer_class": "BertTokenizer"}},
    )
    assert main(["inspect", str(tmp_path), "--alphabet", "yes no"]) == 0


CODE = {"auto_map": {"AutoTokenizer": ["tokenization_evil.Evil", None]}}
REFUSED = {
    "no vocabulary": ({"tokenizer_config.json": {"tokenizer_class": "BertTokenizer"}}, "no vocabulary for BertTokenizer"),
    "the vocabulary of another class": ({"vocab.json": BYTES, "merges.txt": MERGES}, "no vocabulary for BertTokenizer"),
    "merges without vocabulary": ({"merges.txt": MERGES}, "has merges.txt and no vocab.json"),
    "a vocabulary without merges": (
        {"vocab.json": BYTES, "tokenizer_config.json": {"tokenizer_class": "GPT2Tokenizer"}},
        "transformers cannot read it",
    ),
    "merges of other tokens": (
        {"vocab.json": BYTES, "merges.txt": "#v\nx y\n", "tokenizer_config.json": {"tokenizer_class": "GPT2Tokenizer"}},
        "transformers cannot read it",
    ),
    "code": ({"vocab.txt": PIECES, "tokenizer_config.json": CODE}, "code of its own, which is never run"),
    "a tokenizer elsewhere": (
        {"tokenizer_config.json": {"fast_tokenizer_files": ["../elsewhere/tokenizer.4.0.0.json"]}, "vocab.txt": "a"},
        "names a file elsewhere",
    ),
    "a dictionary elsewhere": (
        {"tokenizer_config.json": {"mecab_kwargs": {"mecab_dic": "/somewhere/dic"}}, "vocab.txt": "a"},
        "names a file elsewhere",
    ),
    "a vocabulary elsewhere": ({"tokenizer_config.json": {"vocab_file": "/somewhere/vocab.txt"}}, "names a file elsewhere"),
    "settings that are none": ({"vocab.txt": PIECES, "tokenizer_config.json": "["}, "damaged or no settings of a tokenizer"),
    "settings that are a list": ({"vocab.txt": PIECES, "tokenizer_config.json": [1]}, "damaged or no settings of a tokenizer"),
    "a class that is none": (
        {"vocab.txt": PIECES, "tokenizer_config.json": {"tokenizer_class": "os.system"}},
        "transformers cannot read it",
    ),
    "bytes": ({"tokenizer.model": "garbage"}, "tokenizer.model"),
    "ranks": ({"x.tiktoken": "garbage"}, "tiktoken"),
    "unknown symbols": ({"vocab.txt": PIECES}, "'maybe' is not made of 1 to 32 known tokens"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.sampled(5)
def test_a_directory_whose_tokenizer_cannot_be_read(case, tmp_path, capsys):
    files, expected = REFUSED[case]
    saved(tmp_path, "BertForSequenceClassification", MODERN | {"vocab_size": 11}, False)
    (tmp_path / "tokenization_evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    written(tmp_path, files)
    capsys.readouterr()
    assert main(["inspect", str(tmp_path), "--alphabet", "yes maybe"]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert expected in message
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(("name", "package"), [("spiece.model", "sentencepiece"), ("tiktoken.model", "tiktoken")])
def test_a_package_that_is_missing_is_named(name, package, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(transformers.utils, f"is_{package}_available", lambda: False)
    saved(tmp_path, "BertForSequenceClassification", MODERN, False)
    written(tmp_path, {name: "anything"})
    assert main(["inspect", str(tmp_path), "--alphabet", "yes no"]) == 2
    assert f"pip install {package}" in capsys.readouterr().err
