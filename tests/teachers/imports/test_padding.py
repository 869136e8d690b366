"""Words that are padded to one length, and the tokens around words that nobody named."""

import json

import numpy as np
import pytest
import torch
from models.torch_models import plain
from shell import run
from thorough import paired
from torch import nn

import nerode
from nerode.errors import InputError
from nerode.sampling import uniform_words
from nerode.teachers.checkpoints import load_model
from nerode.teachers.whole_words import WholeWordTeacher

PAD, START, END, LETTERS, LENGTH = 0, 1, 2, (3, 4), 12  # the tokens of the network


class Reader(nn.Module):
    """The last state of a GRU, and two affine layers."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(5, 6)
        self.rnn = nn.GRU(6, 8, batch_first=True)
        self.out = nn.Linear(8, 2)

    def forward(self, tokens):
        return self.out(self.rnn(self.emb(tokens))[1][-1])


class Convolution(nn.Module):
    """Reads words of one length alone."""

    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(3, 4)
        self.conv = nn.Conv1d(4, 3, 3)
        self.out = nn.Linear(3 * (LENGTH - 2), 1)

    def forward(self, tokens):
        return self.out(torch.relu(self.conv(self.emb(tokens).transpose(1, 2))).flatten(1))


@pytest.fixture
def module():
    torch.manual_seed(5)
    return Reader().eval()


def framed(word, start, end, side):
    tokens = [*([START] if start else []), *(LETTERS[letter] for letter in word), *([END] if end else [])]
    filling = [PAD] * (LENGTH - len(tokens)) if side else []
    return [*filling, *tokens] if side == "left" else [*tokens, *filling]


def some_words(count=60):
    return uniform_words(np.random.default_rng(0), 2, 1 + np.arange(count) % (LENGTH - 2))


def checked(module, tmp_path, start, end, side):
    """A file of weights, and a file of the answers of a program that reads words so."""
    torch.save(module.state_dict(), tmp_path / "own.pt")
    lines = []
    with torch.inference_mode():
        for word in some_words():
            lines.append(f"{''.join('ab'[i] for i in word)}\t{plain(module, framed(word, start, end, side)).tolist()}")
    (tmp_path / "answers.tsv").write_text("\n".join(lines))
    return tmp_path / "own.pt", tmp_path / "answers.tsv"


def scores(module, words, start, end, side):
    with torch.inference_mode():
        answers = np.array([plain(module, framed(word, start, end, side)).tolist() for word in words])
    return answers[:, 1:] - answers[:, :1]


TABLE = {"PAD": PAD, "BEG": START, "FIN": END, "a": 3, "b": 4}


@pytest.mark.parametrize(("side", "start", "end"), paired([None, "left", "right"], [False, True], [False, True]))
@pytest.mark.sampled(3)
def test_answers_tell_markers_and_the_side_of_padding(capsys, tmp_path, module, start, end, side):
    file, answers = checked(module, tmp_path, start, end, side)
    (tmp_path / "vocabulary.json").write_text(json.dumps(TABLE))
    options = ["--vocabulary", tmp_path / "vocabulary.json", "--check", answers, "--out", tmp_path / "own"]
    found = run(capsys, "import", file, *options, *(["--length", LENGTH] if side else []), "--json")
    assert found.code == 0, found.err
    framing = found.answer["framing"]
    assert ("start token 1" in framing, "end token 2" in framing) == (start, end)
    assert (f"padded on the {side} to {LENGTH} tokens" in framing) == bool(side)
    loaded = load_model(tmp_path / "own")
    words = some_words(30)
    np.testing.assert_allclose(loaded.teacher.scores(words), scores(module, words, start, end, side), atol=1e-5)
    assert isinstance(loaded.teacher, WholeWordTeacher) == bool(side)
    if side:
        assert loaded.teacher.longest == LENGTH - start - end


def test_framings_that_fit_the_answers_too_are_told(capsys, tmp_path, module):
    """Words that are as long as the padding do not show its side."""
    torch.save(module.state_dict(), tmp_path / "own.pt")
    with torch.inference_mode():
        lines = [f"{'ab' * 6}\t{plain(module, framed((0, 1) * 6, False, False, 'left')).tolist()}"]
    (tmp_path / "answers.tsv").write_text("\n".join(lines))
    (tmp_path / "vocabulary.json").write_text(json.dumps(TABLE))
    options = ["--vocabulary", tmp_path / "vocabulary.json", "--check", tmp_path / "answers.tsv", "--start", "none", "--end"]
    found = run(capsys, "import", tmp_path / "own.pt", *options, "none", "--length", LENGTH, "--out", tmp_path / "own")
    assert found.code == 0, found.err
    assert "the answers fit this, too: padded on the left" in found.out


def test_an_extraction_keeps_to_padded_words(capsys, tmp_path, module):
    file, _ = checked(module, tmp_path, False, False, "right")
    (tmp_path / "vocabulary.json").write_text(json.dumps(TABLE))
    options = ["--vocabulary", tmp_path / "vocabulary.json", "--start", "none", "--end", "none", "--length", LENGTH]
    made = run(capsys, "import", file, *options, "--out", tmp_path / "own")
    assert made.code == 0, made.err
    assert "words are padded on the right to 12 tokens (--padding-side left if not)" in made.out
    got = run(capsys, "extract", tmp_path / "own", "--method", "lstar", "--queries", 500, "--out", tmp_path / "dfa.json")
    assert got.code in (0, 3), got.err


@pytest.mark.parametrize("length", [None, LENGTH])
def test_a_missing_length_is_named_where_answers_prove_nothing(capsys, tmp_path, module, length):
    file, answers = checked(module, tmp_path, False, False, "left")
    (tmp_path / "vocabulary.json").write_text(json.dumps(TABLE))
    options = ["--vocabulary", tmp_path / "vocabulary.json", "--check", answers, "--start", "none", "--end", "none"]
    options += [] if length is None else ["--length", length, "--padding-side", "right"]
    refused = run(capsys, "import", file, *options, "--out", tmp_path / "own")
    assert (refused.code, "no reading of the weights gives the answers" in refused.err) == (2, True)
    assert (f"--length N is missing, with N from {LENGTH - 2} on" in refused.err) == (length is None)


def test_padding_without_its_token_is_asked_for(capsys, tmp_path, module):
    torch.save(module.state_dict(), tmp_path / "own.pt")
    refused = run(capsys, "import", tmp_path / "own.pt", "--alphabet", "abcde", "--length", 9, "--out", tmp_path / "own")
    assert (refused.code, "say --padding TOKEN" in refused.err) == (2, True)


def test_names_of_markers_are_told(capsys, tmp_path, module):
    torch.save(module.state_dict(), tmp_path / "own.pt")
    (tmp_path / "vocabulary.json").write_text(json.dumps(TABLE))
    made = run(capsys, "import", tmp_path / "own.pt", "--vocabulary", tmp_path / "vocabulary.json", "--out", tmp_path / "own")
    assert "classifier, 2 symbols: a b" in made.out
    assert "the start of a word is the token BEG, by its name" in made.out
    assert "the end of a word is the token FIN, by its name" in made.out
    assert "no word has 'PAD'" in made.out


def test_a_truncated_vocabulary_is_no_text(capsys, tmp_path, module):
    torch.save(module.state_dict(), tmp_path / "own.pt")
    (tmp_path / "vocabulary.json").write_text(json.dumps(TABLE)[:-4])
    refused = run(capsys, "import", tmp_path / "own.pt", "--vocabulary", tmp_path / "vocabulary.json", "--out", tmp_path / "own")
    assert (refused.code, "is not JSON" in refused.err) == (2, True)


def test_an_unknown_symbol_in_answers_is_named(capsys, tmp_path, module):
    torch.save(module.state_dict(), tmp_path / "own.pt")
    (tmp_path / "answers.tsv").write_text("abc\t1 2\nabx\t1 2\n")
    options = ["--alphabet", "abcde", "--check", tmp_path / "answers.tsv", "--out", tmp_path / "own"]
    refused = run(capsys, "import", tmp_path / "own.pt", *options)
    assert (refused.code, "word 2 of the answers" in refused.err) == (2, True)


def test_answers_in_half_precision_are_recognised(capsys, tmp_path, module):
    file, answers = checked(module, tmp_path, False, False, None)
    rounded = [line.split("\t") for line in answers.read_text().splitlines()]
    answers.write_text("\n".join(f"{word}\t{torch.tensor(json.loads(row)).bfloat16().tolist()}" for word, row in rounded))
    (tmp_path / "vocabulary.json").write_text(json.dumps(TABLE))
    options = ["--vocabulary", tmp_path / "vocabulary.json", "--check", answers, "--out", tmp_path / "own"]
    refused = run(capsys, "import", file, *options, "--start", "none", "--end", "none")
    assert (refused.code, "such small differences come of half precision" in refused.err) == (2, True)


@pytest.mark.parametrize("wrong", [{"token": 9}, {"length": 0}, {"length": 10**9}, {"left": 1}, {"token": None}])
def test_descriptions_with_impossible_padding_are_refused(capsys, tmp_path, module, wrong):
    file, _ = checked(module, tmp_path, False, False, "right")
    options = ["--alphabet", "abcd", "--padding", 0, "--length", LENGTH, "--out", tmp_path / "own"]
    assert run(capsys, "import", file, *options).code == 0
    document = json.loads((tmp_path / "own" / "teacher.json").read_text())
    document["encoding"]["padding"] |= wrong
    (tmp_path / "own" / "teacher.json").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"teacher\.json cannot be used"):
        load_model(tmp_path / "own")


@pytest.mark.parametrize("side", ["left", "right"])
def test_modules_read_padded_words(module, side):
    options = {"tokens": LETTERS, "start": START, "padding": PAD, "length": LENGTH, "padding_side": side}
    teacher = nerode.teacher(module, "ab", **options)
    assert (
        "The letters are the tokens 3, 4. Words are of at most 11 letters. It is asked whole words, since words are padded"
        in teacher.told
    )
    assert teacher.longest == LENGTH - 1
    words = some_words(30)
    np.testing.assert_allclose(teacher.scores(words), scores(module, words, True, False, side), atol=1e-5)


def test_modules_that_read_one_length_alone(module):
    torch.manual_seed(1)
    module = Convolution()
    with pytest.raises(InputError, match="give padding= and length= if its words are of one length"):
        nerode.teacher(module, "ab", padding=0)
    teacher = nerode.teacher(module, "ab", padding=0, length=LENGTH)
    assert teacher.longest == LENGTH
    with torch.inference_mode():
        expected = module(torch.tensor([[1, 2, 2] + [0] * 9])).item()
    np.testing.assert_allclose(teacher.scores([(0, 1, 1)]), [[expected]], atol=1e-6)
    assert nerode.extract(teacher, queries=500).automaton.states >= 1


def test_more_tokens_than_letters_are_asked_about(module):
    with pytest.raises(InputError, match=r"reads 5 tokens, 5 of which may be the 2 symbols of the alphabet; say which: tokens="):
        nerode.teacher(module, "ab")
    with pytest.raises(InputError, match=r"reads 5 tokens, 3 of which may be the 2 symbols"):
        nerode.teacher(module, "ab", start=START, end=END)
    assert "The letters are the tokens 3, 4." in nerode.teacher(module, "ab", start=START, end=END, padding=PAD).told


@pytest.mark.parametrize(("options", "said"), [({"length": 5}, "give padding="), ({"padding_side": "up"}, "'left' or 'right'")])
def test_half_of_a_padding_is_refused(module, options, said):
    with pytest.raises(InputError, match=said):
        nerode.teacher(module, "ab", tokens=LETTERS, **options)


def test_a_module_that_is_random_is_refused():
    class Dropping(Reader):
        def forward(self, tokens):
            return torch.dropout(super().forward(tokens), 0.5, True)

    with pytest.raises(InputError, match="the model gives a word another answer each time"):
        nerode.teacher(Dropping(), "abcde")


def test_a_language_model_is_not_padded_on_the_right(capsys, tmp_path):
    class Model(Reader):
        def __init__(self):
            super().__init__()
            self.out = nn.Linear(8, 5)

        def forward(self, tokens):
            return self.out(self.rnn(self.emb(tokens))[0])

    module = Model()
    torch.save(module.state_dict(), tmp_path / "own.pt")
    (tmp_path / "vocabulary.json").write_text(json.dumps(TABLE))
    options = ["--vocabulary", tmp_path / "vocabulary.json", "--length", LENGTH, "--out", tmp_path / "own"]
    refused = run(capsys, "import", tmp_path / "own.pt", *options)
    assert (refused.code, "pad on the left" in refused.err) == (2, True)
    made = run(capsys, "import", tmp_path / "own.pt", *options, "--padding-side", "left", "--end", END)
    assert made.code == 0, made.err
    word = [PAD] * (LENGTH - 3) + [START, 3, 4]
    with torch.inference_mode():
        expected = torch.log_softmax(module(torch.tensor([word]))[0, -1], 0)[[3, 4, END]].numpy()
    loaded = load_model(tmp_path / "own")
    np.testing.assert_allclose(loaded.link.log_probabilities(loaded.teacher.scores([(0, 1)]))[0], expected, atol=1e-5)
    assert loaded.teacher.longest == LENGTH - 1
    with pytest.raises(InputError, match="pad on the left"):
        nerode.teacher(module, "ab", tokens=LETTERS, gives="next", padding=PAD, length=LENGTH)


def test_a_side_without_a_length_is_refused(capsys, tmp_path, module):
    torch.save(module.state_dict(), tmp_path / "own.pt")
    options = ["--alphabet", "abcde", "--padding-side", "left", "--out", tmp_path / "own"]
    refused = run(capsys, "import", tmp_path / "own.pt", *options)
    assert (refused.code, "--length N" in refused.err) == (2, True)
    with pytest.raises(InputError, match="length="):
        nerode.teacher(module, "ab", tokens=LETTERS, padding_side="left")


@pytest.mark.parametrize("length", [0, -3, 10**7, "x", 2.5])
def test_lengths_that_cannot_be(module, length):
    with pytest.raises(InputError, match=r"padding has a token and a length|words are padded to 1 to 100,000 tokens"):
        nerode.teacher(module, "ab", tokens=LETTERS, padding=PAD, length=length)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--length", 2), "leaves no room for a letter beside the markers"),
        (("--activation", "relu"), "its read-out is one affine layer"),
    ],
)
def test_options_without_effect_are_refused(capsys, tmp_path, module, options, said):
    torch.save(module.state_dict(), tmp_path / "own.pt")
    (tmp_path / "vocabulary.json").write_text(json.dumps(TABLE))
    more = ["--vocabulary", tmp_path / "vocabulary.json", "--out", tmp_path / "own"]
    refused = run(capsys, "import", tmp_path / "own.pt", *more, *options)
    assert (refused.code, said in refused.err) == (2, True)


def test_tokens_that_a_vocabulary_does_not_name_are_told(capsys, tmp_path, module):
    torch.save(module.state_dict(), tmp_path / "own.pt")
    (tmp_path / "vocabulary.json").write_text(json.dumps({"a": 3, "b": 4, "PAD": 0}))
    made = run(capsys, "import", tmp_path / "own.pt", "--vocabulary", tmp_path / "vocabulary.json", "--out", tmp_path / "own")
    assert "no word has the tokens that the vocabulary does not name: 1, 2" in made.out
