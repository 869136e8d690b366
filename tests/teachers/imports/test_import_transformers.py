"""`nerode import` of causal transformers, whose weights leave more open than those of recurrent networks."""

import json

import numpy as np
import pytest
import torch
from shell import run
from shell_imports import write_answers
from torch import nn

import nerode
from nerode.protocols import SteppingTeacher
from nerode.sampling import uniform_words
from nerode.teachers.checkpoints import load_model
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.proof import Answers
from nerode.teachers.imports.weights import import_weights

LETTERS, START = "abc", 3


class Reader(nn.Module):
    """A causal transformer with a start token, read at the last token."""

    def __init__(self, heads, positions, scaled, width, **settings):
        super().__init__()
        self.embed = nn.Embedding(4, 12)
        self.pos = nn.Embedding(12, 12) if positions == "learned" else None  # fewer than most words of a test
        layer = nn.TransformerEncoderLayer(12, heads, 20, batch_first=True, **settings)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(12, width)
        self.scale, self.waves = (12**0.5 if scaled else 1.0), positions == "sinusoidal"

    def forward(self, tokens):
        length = tokens.shape[1]
        hidden = self.embed(tokens) * self.scale
        if self.pos is not None:
            hidden = hidden + self.pos(torch.arange(length))
        if self.waves:
            angles = torch.arange(length)[:, None] / 10000 ** (torch.arange(0, 12, 2) / 12)
            hidden = hidden + torch.stack([angles.sin(), angles.cos()], dim=2).reshape(length, 12)
        mask = nn.Transformer.generate_square_subsequent_mask(length)
        return self.head(self.encoder(hidden, mask=mask, is_causal=True))[:, -1]


MODELS = {
    "learned positions": ((3, "learned", False, 1), {}),
    "sinusoidal, scaled": ((2, "sinusoidal", True, 4), {"activation": "gelu"}),
    "no positions, norms first": ((4, "none", False, 2), {"norm_first": True}),
}


@pytest.fixture(params=MODELS)
def module(request):
    settings, more = MODELS[request.param]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        return Reader(*settings, **more).eval()


def answers(module, words):
    with torch.inference_mode():
        return [module(torch.tensor([[START, *word]]))[0].tolist() for word in words]


def checked(module, tmp_path, count=80):
    words = uniform_words(np.random.default_rng(0), 3, np.arange(count) % (12 if module.pos is not None else 20))
    torch.save(module.state_dict(), tmp_path / "own.pt")
    rows = zip(words, answers(module, words), strict=True)
    (tmp_path / "check.tsv").write_text("".join(f"{''.join(LETTERS[i] for i in word)}\t{row}\n" for word, row in rows))
    return tmp_path / "own.pt", tmp_path / "check.tsv"


@pytest.mark.sampled(2)
def test_answers_tell_heads_norms_units_and_positions(capsys, tmp_path, module):
    file, check = checked(module, tmp_path)
    options = ["--alphabet", LETTERS, "--start", START, "--task", "classifier", "--out", tmp_path / "own"]
    made = run(capsys, "import", file, *options, "--check", check, "--json")
    assert made.code == 0, made.err
    assert made.answer["reading"]["heads"] == module.encoder.layers[0].self_attn.num_heads
    teacher = load_model(tmp_path / "own").teacher
    assert isinstance(teacher, SteppingTeacher)
    words = [(), (2, 1), (0, 1, 2) * 3]
    truth = np.array(answers(module, words))
    truth = truth[:, 1:] - truth[:, :1] if truth.shape[1] == 2 else truth
    np.testing.assert_allclose(teacher.scores(words), truth, rtol=0, atol=1e-5)
    refused = run(capsys, "import", file, *options[:-1], tmp_path / "other")
    assert (refused.code, "do not say how many heads it has" in refused.err) == (2, True)


@pytest.mark.sampled(2)
def test_wrong_answers_are_refused_with_the_word(capsys, tmp_path, module):
    file, check = checked(module, tmp_path)
    lines = check.read_text().splitlines()
    lines[30] = lines[30].split("\t")[0] + "\t" + " ".join(["7.5"] * module.head.out_features)
    check.write_text("\n".join(lines))
    options = ["--alphabet", LETTERS, "--start", START, "--task", "classifier", "--out", tmp_path / "own"]
    refused = run(capsys, "import", file, *options, "--check", check)
    assert refused.code == 2
    assert f"fails first on the word {lines[30].split(chr(9))[0]}," in refused.err
    assert not (tmp_path / "own").exists()


def test_markers_are_searched_where_words_leave_no_room_for_both(capsys, tmp_path):
    """A word of all positions has no room for a second marker, and the empty word needs one."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        module = Reader(3, "learned", False, 1).eval()
    file, check = checked(module, tmp_path)
    (tmp_path / "vocabulary.txt").write_text("a\nb\nc\n<s>\n")
    options = ["--vocabulary", tmp_path / "vocabulary.txt", "--task", "classifier", "--out", tmp_path / "own"]
    made = run(capsys, "import", file, *options, "--check", check, "--json")
    assert made.code == 0, made.err
    assert made.answer["framing"] == "start token 3"


def test_readings_that_few_answers_do_not_tell_apart_are_told(capsys, tmp_path, module):
    """Before the only token there is nothing to attend to, whatever the number of heads."""
    torch.save(module.state_dict(), tmp_path / "own.pt")
    (tmp_path / "check.jsonl").write_text(json.dumps({"word": "", "answer": answers(module, [()])[0]}))
    options = ["--alphabet", LETTERS, "--start", START, "--task", "classifier", "--out", tmp_path / "own"]
    made = run(capsys, "import", tmp_path / "own.pt", *options, "--check", tmp_path / "check.jsonl")
    assert made.code == 0, made.err
    assert "the answers fit this, too" in made.out


@pytest.mark.sampled(2)
def test_names_do_not_matter(capsys, tmp_path, module):
    file, check = checked(module, tmp_path)
    names = {"embed": "e", "pos": "p", "encoder": "t", "head": "f"}
    state = module.state_dict()
    torch.save({names[name.split(".")[0]] + name[len(name.split(".")[0]) :]: state[name] for name in state}, file)
    options = ["--alphabet", LETTERS, "--start", START, "--task", "classifier", "--out", tmp_path / "own"]
    made = run(capsys, "import", file, *options, "--check", check)
    assert made.code == 0, made.err


class Generator(nn.Module):
    """A causal language model as GPT has it: letters, start and end, learned positions, a read-out without a bias, and a mask."""

    def __init__(self, kind):
        super().__init__()
        self.tok_emb = nn.Embedding(5, 12)
        self.pos_emb = nn.Embedding(30, 12)
        layer = nn.TransformerEncoderLayer(12, 3, 20, batch_first=True, norm_first=True, activation="gelu")
        self.blocks = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(12), enable_nested_tensor=False)
        self.lm_head = nn.Linear(12, 5, bias=False) if kind != "one table" else None
        if kind == "tied":
            self.lm_head.weight = self.tok_emb.weight
        self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(30))

    def forward(self, tokens):
        length = tokens.shape[1]
        hidden = self.tok_emb(tokens) + self.pos_emb(torch.arange(length))
        hidden = self.blocks(hidden, mask=self.mask[:length, :length], is_causal=True)
        return hidden @ self.tok_emb.weight.T if self.lm_head is None else self.lm_head(hidden)


@pytest.mark.sampled(2)
def test_a_transformer_whose_words_have_no_marker_is_refused_before_anything_is_written(capsys, tmp_path, module):
    torch.save(module.state_dict(), tmp_path / "own.pt")
    words = [[letter] for letter in range(3)] + [[0, 1], [2, 0, 1], [1, 1, 2, 0]]
    with torch.inference_mode():
        numbers = [module(torch.tensor([word]))[0].tolist() for word in words]
    check = write_answers(tmp_path / "answers.tsv", words, numbers)
    options = ["--alphabet", LETTERS, "--padding", START, "--task", "classifier", "--out", tmp_path / "own"]
    refused = run(capsys, "import", tmp_path / "own.pt", *options, "--check", check)
    assert (refused.code, "its words have no marker, so that nothing answers for the empty word" in refused.err) == (2, True)
    assert not (tmp_path / "own").exists()


@pytest.mark.parametrize("kind", ["untied", "tied", "one table", "other names"])
@pytest.mark.sampled(2)
def test_read_outs_without_a_bias_are_read_from_files_and_modules(tmp_path, kind):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        module = Generator(kind).eval()
    words = uniform_words(np.random.default_rng(0), 3, np.arange(60) % 20)

    def truth(some):
        with torch.inference_mode():
            return np.array([module(torch.tensor([[START, *word]]))[0, -1].tolist() for word in some])

    state = module.state_dict()
    if kind == "other names":  # the last table is the read-out, and positions are those in between
        names = {"tok_emb.weight": "a.weight", "pos_emb.weight": "b.weight", "lm_head.weight": "c.weight"}
        state = {names.get(name, name): tensor for name, tensor in state.items()}
    torch.save(state, tmp_path / "own.pt")
    proof = Answers(tuple("".join(LETTERS[i] for i in word) for word in words), truth(words))
    found = import_weights(tmp_path / "own.pt", Wanted(LETTERS, start="3", end="4"), proof)
    assert found.reading.heads == 3
    fresh = [(), (2, 1), (0, 1, 2) * 6]
    expected = truth(fresh)[:, [0, 1, 2, 4, 3]]
    for teacher in (found.model.teacher, nerode.teacher(module, LETTERS, tokens=[0, 1, 2], start=3, end=4, gives="next")):
        assert isinstance(teacher, SteppingTeacher)
        np.testing.assert_allclose(teacher.scores(fresh), expected, rtol=0, atol=1e-5)
