"""Directories that cannot be used are refused in one sentence, and nothing that they hold or name is run or fetched."""

import json
import pickle
import shutil
import sys
from pathlib import Path

import pytest
import torch
from huggingface_files import DISTIL, END, GPT2, GROUPED, LETTERS, MODERN, edit, saved, tokenizer, tokenizers
from safetensors.torch import load_file, save_file

from nerode.errors import InputError
from nerode.teachers.checkpoints import load_teacher

pytestmark = pytest.mark.usefixtures("no_network")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Good directories, copied before they are spoilt."""
    folder = tmp_path_factory.mktemp("models")
    saved(folder / "gpt2", "GPT2LMHeadModel", GPT2)
    saved(folder / "llama", "LlamaForCausalLM", GROUPED)
    saved(folder / "shards", "LlamaForCausalLM", GROUPED, max_shard_size="5KB")
    saved(folder / "bert", "BertForSequenceClassification", MODERN)
    saved(folder / "distilbert", "DistilBertForSequenceClassification", DISTIL)
    saved(folder / "numbers", "GPT2LMHeadModel", GPT2, spelled=False)
    return folder


@pytest.fixture
def copied(models, tmp_path):
    def copied(name):
        path = Path(shutil.copytree(models / name, tmp_path / "model"))
        load_teacher(path, LETTERS if (path / "tokenizer.json").exists() else ["4", "5"])
        return path

    return copied


def refusal(path, alphabet=LETTERS):
    with pytest.raises(InputError) as caught:
        load_teacher(path, alphabet)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 600
    return message


CONFIGS = {
    "no JSON": ("{", "is not JSON"),
    "a list": ("[]", "must be an object"),
    "nothing": ("{}", "names the architecture None"),
    "bytes": (b"\xff\xfe", "not a text file"),
    "deep": ("[" * 100_000, "is not JSON"),
}


@pytest.mark.parametrize("case", CONFIGS)
@pytest.mark.sampled(3)
def test_a_config_that_is_none(case, copied):
    path = copied("gpt2")
    content, expected = CONFIGS[case]
    (path / "config.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert expected in refusal(path)


CHANGES = {
    "code of its own": ({"auto_map": {"AutoModelForCausalLM": "modeling_evil.Evil"}}, "code of its own, which is never run"),
    "quantised": ({"quantization_config": {"quant_method": "bitsandbytes"}}, "its weights are quantised"),
    "other weights": ({"transformers_weights": "../other.safetensors"}, "its weights are in a file of another name"),
    "another task": ({"architectures": ["GPT2ForQuestionAnswering"]}, "no causal language model that transformers has"),
    "another model's class": ({"architectures": ["LlamaForCausalLM"]}, "no causal language model that transformers has"),
    "two classes": ({"architectures": ["GPT2LMHeadModel"] * 2}, "no causal language model that transformers has"),
    "odd class": ({"architectures": 7, "model_type": []}, "no causal language model that transformers has"),
    "unknown type": ({"model_type": "mystery"}, "no causal language model that transformers has"),
    "layers without end": ({"n_layer": 10**9}, "claims 1000000000 layers"),
    "sizes without end": ({"n_embd": 10**6}, "describes a model of"),
    "positions without end": ({"n_positions": 10**9}, "describes a model of"),
    "more layers than weights": ({"n_layer": 3}, "misses weights 'transformer.h.2"),
    "fewer layers than weights": ({"n_layer": 1}, "has the unknown weights 'transformer.h.1"),
    "another width": ({"n_embd": 12}, "cannot be used by transformers"),
    "heads that do not divide": ({"n_head": 3}, "cannot be used by transformers"),
    "a number that is a text": ({"n_embd": "16"}, "cannot be used by transformers"),
    "no number": ({"n_embd": -16}, "cannot be used by transformers"),
    "unknown activation": ({"activation_function": "os.system"}, "cannot be used by transformers"),
    "no end": ({"eos_token_id": None}, "'eos_token_id'"),
    "an end beyond the vocabulary": ({"eos_token_id": 99}, "no token from 0 to 8"),
}


@pytest.mark.parametrize("case", CHANGES)
@pytest.mark.sampled(7)
def test_a_config_that_says_something_else(case, copied):
    path = copied("gpt2")
    changes, expected = CHANGES[case]
    (path / "modeling_evil.py").write_text(f"open({str(path / 'ran')!r}, 'w')")
    document = json.loads((path / "config.json").read_text()) | changes
    (path / "config.json").write_text(json.dumps(document))
    message = refusal(path)
    assert str(path) in message
    assert expected in message
    assert not (path / "ran").exists()


@pytest.mark.parametrize("kernels", ["evil/kernels", "flash_attention_2", {"": "evil/kernels"}])
@pytest.mark.sampled(2)
def test_kernels_that_a_config_names_are_not_fetched(kernels, copied):
    path = copied("llama")
    edit(
        path / "config.json", **dict.fromkeys(("attn_implementation", "_attn_implementation", "experts_implementation"), kernels)
    )
    assert load_teacher(path, LETTERS).scores([()]).shape == (1, 4)


def test_an_adapter_of_a_model_elsewhere(copied):
    path = copied("gpt2")
    (path / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": "evil/model", "peft_type": "LORA"}))
    assert "is an adapter" in refusal(path)


class Touch:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.safetensors"])
def test_pickled_weights_are_not_read(name, copied):
    path = copied("gpt2")
    (path / "model.safetensors").unlink()
    (path / name).write_bytes(pickle.dumps(Touch(path / "ran")))
    message = refusal(path)
    assert "pickled weights are not read" in message or "no safetensors file" in message
    assert not (path / "ran").exists()


def spoil(change):
    def spoil(path):
        weights = load_file(path / "model.safetensors")
        change(weights)
        save_file(weights, path / "model.safetensors", {"format": "pt"})

    return spoil


def rename(weights):
    weights["bert.pooler.other"] = weights.pop("bert.pooler.dense.bias")


def reshape(weights):
    weights["classifier.weight"] = torch.zeros(5, 16)


def poison(weights):
    weights["classifier.weight"][0, 0] = torch.nan


WEIGHTS = {
    "a headless classifier": (spoil(lambda weights: weights.pop("classifier.weight")), "misses weights 'classifier.weight'"),
    "another name": (spoil(rename), "weights 'bert.pooler"),
    "another shape": (spoil(reshape), "cannot be used by transformers"),
    "no numbers": (spoil(poison), "not all finite"),
    "cut": (lambda path: (path / "model.safetensors").write_bytes((path / "model.safetensors").read_bytes()[:-9]), "truncated"),
    "empty": (lambda path: (path / "model.safetensors").write_bytes(b""), "truncated"),
}


@pytest.mark.parametrize("case", WEIGHTS)
@pytest.mark.sampled(3)
def test_weights_that_do_not_fit(case, copied):
    path = copied("bert")
    change, expected = WEIGHTS[case]
    change(path)
    message = refusal(path)
    assert str(path) in message
    assert expected in message


INDEXES = {
    "no JSON": ("{", "no index of weights"),
    "no map": ("{}", "no index of weights"),
    "odd map": ('{"weight_map": {"a": 3}}', "no index of weights"),
    "outside": ('{"weight_map": {"a": "../x.safetensors"}}', "no safetensors file beside it"),
    "a pickle": ('{"weight_map": {"a": "pytorch_model.bin"}}', "no safetensors file beside it"),
    "missing": ('{"weight_map": {"a": "other.safetensors"}}', "other.safetensors is missing"),
}


@pytest.mark.parametrize("case", INDEXES)
@pytest.mark.sampled(3)
def test_an_index_of_shards_that_cannot_be_used(case, copied):
    path = copied("shards")
    content, expected = INDEXES[case]
    (path / "model.safetensors.index.json").write_text(content)
    assert expected in refusal(path)


def test_a_shard_that_is_missing(copied):
    path = copied("shards")
    next(iter(path.glob("*.safetensors"))).unlink()
    assert "is missing" in refusal(path)


ALPHABETS = {
    "two tokens": (["a", "ab-cd"], "is not made of 1 to 32 known tokens"),
    "unknown": (["a", "z"], "'z' is not made of 1 to 32 known tokens"),
    "twice": (["a", "a"], "must differ"),
    "none": ([], "at least one symbol"),
    "the end": (["a", "[SEP]"], "'[SEP]' is the end of a text"),
    "numbers": ([4, 5], "are text"),
    "white space": (["a b"], "white space"),
    "too many": ([f"s{i}" for i in range(1001)], "at most 1,000 symbols"),
}


@pytest.mark.parametrize("case", ALPHABETS)
def test_an_alphabet_that_the_tokenizer_cannot_spell(case, models):
    alphabet, expected = ALPHABETS[case]
    assert expected in refusal(models / "gpt2", alphabet)


@pytest.mark.parametrize(
    ("alphabet", "expected"),
    [
        (["a"], "'a' is no token number"),
        (["-1"], "'-1' is no token number"),
        (["4", "99"], "the token 99"),
        (["4", "04"], "one token"),
        ([str(END)], "the end of a text"),
    ],
)
def test_numbers_that_are_no_alphabet(alphabet, expected, models):
    assert expected in refusal(models / "numbers", alphabet)


@pytest.mark.parametrize(("kind", "name"), [("t5", "T5ForConditionalGeneration"), ("bert", "BertForMaskedLM")])
def test_a_model_of_another_kind_is_asked_through_a_function(kind, name, copied):
    path = copied("gpt2")
    edit(path / "config.json", model_type=kind, architectures=[name])
    assert "nerode.teacher(scores, alphabet) asks any function of words" in refusal(path)


def test_two_symbols_that_are_read_as_one_token(copied):
    path = copied("gpt2")
    made = tokenizer()
    made.normalizer = tokenizers.normalizers.Lowercase()
    made.save(str(path / "tokenizer.json"))
    assert "'a' and 'A' are one token" in refusal(path, ["a", "A"])


def test_a_whole_vocabulary_is_no_alphabet(tmp_path):
    saved(tmp_path, "GPT2LMHeadModel", GPT2 | {"vocab_size": 1010}, spelled=False)
    assert "there are 1,007; give those" in refusal(tmp_path, None)


@pytest.mark.parametrize("content", ["{", "{}", "[]", '{"model": {"type": "WordLevel"}}'])
def test_a_damaged_tokenizer(content, copied):
    path = copied("gpt2")
    (path / "tokenizer.json").write_text(content)
    assert "is damaged or no tokenizer" in refusal(path)


def test_a_tokenizer_of_a_larger_model(copied):
    path = copied("gpt2")
    made = tokenizer()
    made.add_tokens(["f"])
    made.save(str(path / "tokenizer.json"))
    assert "the token 9, but the model" in refusal(path, ["a", "f"])


def test_roles_of_tokens_that_there_are_not_are_defaults_that_do_no_harm(tmp_path):
    saved(tmp_path, "GPT2ForSequenceClassification", GPT2 | {"bos_token_id": 50256, "eos_token_id": 50256, "pad_token_id": -1})
    assert load_teacher(tmp_path).alphabet.symbols == ("a", "b", "c", "d", "e")


def test_a_model_without_room_for_a_letter(tmp_path):
    saved(tmp_path, "GPT2LMHeadModel", GPT2 | {"n_positions": 1})
    assert "reads at most 1 tokens" in refusal(tmp_path)


def test_without_the_package_the_extra_is_named(models, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    assert 'pip install "nerode[transformers]"' in refusal(models / "gpt2")


def test_other_checkpoints_have_their_own_alphabet(tmp_path):
    (tmp_path / "teacher.json").write_text("{}")
    assert "has its own alphabet" in refusal(tmp_path)
    (tmp_path / "machine.json").write_text("{}")
    assert "has its own alphabet" in refusal(tmp_path / "machine.json")
