"""A base model with a linear head answers as the library's last hidden state with that head."""

import json

import numpy as np
import pytest
import torch
from doubles import words_up_to
from huggingface_files import BEGIN, BLOOM, END, GPT2, GROUPED, LETTERS, MAMBA, MODERN, TOKENS, saved, tokenizer, tokenizers
from safetensors.torch import load_file, save_file
from test_huggingface_choice import words_of
from test_huggingface_states import MAMBA2, RWKV, XLSTM
from test_huggingface_symbols import SYMBOLS, letter_by_letter, spelled
from thorough import paired

from nerode.cli import main
from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate
from nerode.links import Binary, Multiclass
from nerode.protocols import BranchingTeacher, SteppingTeacher, TreeTeacher
from nerode.rounding import exact
from nerode.teachers.checkpoints import load_model, load_teacher

pytestmark = pytest.mark.usefixtures("no_network")

WORDS = words_up_to(3, 3)
STATES = {"MambaModel": MAMBA, "Mamba2Model": MAMBA2, "RwkvModel": RWKV, "xLSTMModel": XLSTM, "FalconMambaModel": MAMBA}
TREES = {"GPT2Model": GPT2, "LlamaModel": GROUPED}
STEPS = {"BloomModel": BLOOM}
WHOLE = {"BertModel": MODERN, "RobertaModel": MODERN, "MistralModel": GROUPED | {"sliding_window": 3}}
ALL = STATES | TREES | STEPS | WHOLE


def head_of(folder, outputs, hidden, bias=True, name="head.safetensors"):
    weights = {"weight": torch.randn(outputs, hidden, generator=torch.Generator().manual_seed(outputs))}
    if bias:
        weights["bias"] = torch.linspace(-1, 1, outputs)
    (save_file if name.endswith("safetensors") else torch.save)(weights, folder / name)
    return folder / name, weights


def truth(model, weights, texts, pool):
    with torch.inference_mode():
        hidden = [pool(model(torch.tensor([text])).last_hidden_state[0]) for text in texts]
        return torch.stack([weights["weight"] @ each + weights.get("bias", 0) for each in hidden]).double().numpy()


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * max(1, np.abs(expected).max()))


@pytest.mark.parametrize(("name", "markers"), paired(ALL, ["begin", "none"]))
@pytest.mark.sampled(4)
def test_the_last_hidden_state_with_a_head(name, markers, tmp_path):
    made = tokenizer(markers=False)
    if markers == "begin":
        made.post_processor = tokenizers.processors.TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", BEGIN)])
    model = saved(tmp_path, name, ALL[name], made)
    file, weights = head_of(tmp_path, 3, model.config.hidden_size)
    teacher = load_teacher(tmp_path, LETTERS, device="cpu", head=file)
    assert teacher.link == Multiclass()
    assert isinstance(teacher, BranchingTeacher) == (name in STATES)
    assert isinstance(teacher, TreeTeacher) == (name in TREES)
    assert isinstance(teacher, SteppingTeacher) == (name not in WHOLE)
    assert "the last token (--pooling last)" in teacher.told

    def scores(words):
        tokens = [[TOKENS[LETTERS[i]] for i in word] for word in words]
        texts = [[BEGIN, *text] if markers == "begin" else text or [BEGIN] for text in tokens]
        return truth(model, weights, texts, lambda hidden: hidden[-1])

    close(teacher.scores(WORDS), scores(WORDS))
    prefixes, suffixes = words_of((0, 1, 5)), words_of((0, 1, 2, 3, 8))
    expected = scores([prefix + suffix for prefix in prefixes for suffix in suffixes])
    close(tabulate(teacher, prefixes, suffixes).reshape(expected.shape), expected)


@pytest.mark.parametrize("pooling", ["last", "first", "mean"])
@pytest.mark.parametrize("name", ["BertModel", "GPT2Model", "MambaModel"])
@pytest.mark.sampled(4)
def test_what_a_head_reads_may_be_chosen(name, pooling, tmp_path):
    model = saved(tmp_path, name, ALL[name])  # a tokenizer with both markers
    file, weights = head_of(tmp_path, 3, 16, bias=False, name="head.pt")
    teacher = load_teacher(tmp_path, LETTERS, head=file, pooling=pooling)
    pool = {"last": lambda hidden: hidden[-1], "first": lambda hidden: hidden[0], "mean": lambda hidden: hidden.mean(0)}[pooling]
    texts = [[BEGIN, *(TOKENS[LETTERS[i]] for i in word), END] for word in WORDS]
    close(teacher.scores(WORDS), truth(model, weights, texts, pool))


@pytest.mark.parametrize("outputs", [1, 2])
def test_one_or_two_outputs_are_two_classes(outputs, tmp_path):
    model = saved(tmp_path, "GPT2Model", GPT2, tokenizer(markers=False))
    file, weights = head_of(tmp_path, outputs, 16)
    teacher = load_teacher(tmp_path, LETTERS, head=file)
    assert (teacher.link, teacher.width) == (Binary(), 1)
    texts = [[TOKENS[LETTERS[i]] for i in word] or [BEGIN] for word in WORDS]
    expected = truth(model, weights, texts, lambda hidden: hidden[-1])
    close(teacher.scores(WORDS), expected if outputs == 1 else expected[:, 1:] - expected[:, :1])


@pytest.mark.parametrize("name", ["MambaModel", "GPT2Model", "BertModel"])
@pytest.mark.sampled(2)
def test_symbols_of_several_tokens_go_with_a_head(name, tmp_path):
    model = saved(tmp_path, name, ALL[name], letter_by_letter(markers=False))
    file, weights = head_of(tmp_path, 3, 16)
    teacher = load_teacher(tmp_path, SYMBOLS, device="cpu", head=file)
    assert isinstance(teacher, SteppingTeacher) == (name == "MambaModel")
    expected = truth(model, weights, [spelled(word) or [BEGIN] for word in WORDS], lambda hidden: hidden[-1])
    close(teacher.scores(WORDS), expected)
    short = words_up_to(3, 1)
    place = {word: i for i, word in enumerate(WORDS)}
    cells = expected[[[place[prefix + suffix] for suffix in short] for prefix in short]]
    close(tabulate(teacher, short, short), cells)


def test_a_base_model_without_its_pooler_is_enough(tmp_path):
    saved(tmp_path, "BertModel", MODERN)
    file, _ = head_of(tmp_path, 3, 16)
    before = load_teacher(tmp_path, LETTERS, head=file).scores(WORDS)
    weights = load_file(tmp_path / "model.safetensors")
    bare = {name: part for name, part in weights.items() if not name.startswith("pooler.")}
    save_file(bare, tmp_path / "model.safetensors", {"format": "pt"})
    np.testing.assert_array_equal(load_teacher(tmp_path, LETTERS, head=file).scores(WORDS), before)


def test_the_shell_and_exact_mode(tmp_path, capsys, frugal):
    saved(tmp_path, "MambaModel", MAMBA, tokenizer(markers=False))
    file, _ = head_of(tmp_path, 2, 16)
    options = [str(tmp_path), "--alphabet", "abc", "--head", str(file), "--device", "cpu"]
    assert main(["inspect", *options, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["task"], answer["keeps_states"]) == ("classifier", True)
    assert answer["architecture"].endswith("with a head of 1 on the last hidden state")
    out = tmp_path / "out.json"
    assert main(["extract", *options, "--out", str(out), "--queries", "500"]) == 3  # by the limit
    assert main(["eval", str(out), *options, "--sample", "50"]) == 0
    with pytest.raises(InputError, match="exact mode is not offered for MambaModel"):
        exact(load_model(tmp_path, LETTERS, "cpu", file).teacher)


def refusal(capsys, *arguments):
    capsys.readouterr()
    assert main(["inspect", *map(str, arguments)]) == 2
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    return message


def test_what_is_no_head_for_this_model(tmp_path, capsys):
    path = tmp_path / "base"
    saved(path, "BertModel", MODERN)
    asked = (path, "--alphabet", "abc")
    assert "is the base model BertModel" in refusal(capsys, *asked)
    assert "--head FILE" in refusal(capsys, *asked)
    wide, _ = head_of(tmp_path, 3, 17, name="wide.pt")
    assert "hidden states have 16 numbers" in refusal(capsys, *asked, "--head", wide)
    torch.save({"a.weight": torch.zeros(3, 16), "b.weight": torch.zeros(2, 3)}, tmp_path / "deep.pt")
    assert "is no linear head" in refusal(capsys, *asked, "--head", tmp_path / "deep.pt")
    (tmp_path / "odd.pt").write_bytes(b"odd")
    assert "odd.pt" in refusal(capsys, *asked, "--head", tmp_path / "odd.pt")
    assert "cannot read the weights" in refusal(capsys, *asked, "--head", tmp_path / "missing.pt")
    good, _ = head_of(tmp_path, 3, 16)
    saved(tmp_path / "whole", "BertForSequenceClassification", MODERN)
    assert "has a head of its own" in refusal(capsys, tmp_path / "whole", "--alphabet", "abc", "--head", good)
    (tmp_path / "machine.json").write_text("{}")
    assert "has its own read-out" in refusal(capsys, tmp_path / "machine.json", "--head", good)
    assert "has its own read-out" in refusal(capsys, "exec:cat", "--alphabet", "abc", "--pooling", "mean")
    with pytest.raises(InputError, match="the pooling of a head is one of last, first, mean, not 'max'"):
        load_teacher(path, LETTERS, head=good, pooling="max")


def test_a_model_of_two_parts_takes_no_head(tmp_path, capsys):
    small = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    settings = small | {"encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "vocab_size": len(TOKENS), "max_position_embeddings": 24}
    saved(tmp_path, "BartModel", settings | {"bos_token_id": BEGIN, "eos_token_id": END, "decoder_start_token_id": END})
    file, _ = head_of(tmp_path, 3, 16)
    assert "has an encoder and a decoder" in refusal(capsys, tmp_path, "--alphabet", "abc", "--head", file)
