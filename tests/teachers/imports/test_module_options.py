"""Torch modules in memory: what is asked about them, what is told, and that they are left as they were."""

import numpy as np
import pytest
import torch
from models.torch_models import LETTERS, Deep, answers, made
from torch import nn

import nerode
from nerode.errors import InputError
from nerode.links import NextSymbol


class Mixing(Deep):
    """Its answers depend on the batch."""

    def forward(self, tokens):
        scores = super().forward(tokens)
        return scores - scores.mean(0)


def test_a_module_whose_answers_depend_on_the_batch_is_refused():
    module = Mixing()
    module.load_state_dict(made("deep").state_dict())
    with pytest.raises(InputError, match=r"a word gets another answer beside others than alone.*; give padding= .* or encode="):
        nerode.teacher(module, LETTERS)


def test_as_many_outputs_as_tokens_are_asked_about():
    with pytest.raises(InputError, match="say gives='next' if they are of the next token"):
        nerode.teacher(made("character LSTM"), LETTERS)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"gives": "numbers"}, "answers cannot be 'numbers'"),
        ({"tokens": [1]}, "tokens has 1 numbers for the 4 symbols"),
        ({"encode": lambda words: None}, "the module cannot be asked about words of 5 letters"),
        ({"tokens": [0, 1, 2, 9]}, "the module cannot be asked about words of 5 letters"),
    ],
)
def test_wrong_options(options, said):
    with pytest.raises(InputError, match=said):
        nerode.teacher(made("deep"), LETTERS, **options)


def test_weights_that_change_later_do_not_change_the_teacher():
    module = made("deep")
    teacher = nerode.teacher(module, LETTERS)
    before = teacher.scores(["abcd"])
    with torch.no_grad():
        for weights in module.parameters():
            weights.zero_()
    np.testing.assert_array_equal(teacher.scores(["abcd"]), before)


def test_extract_says_how_a_module_becomes_a_teacher():
    with pytest.raises(InputError, match=r"nerode\.teacher\(module, alphabet\)"):
        nerode.extract(made("deep"), alphabet=LETTERS)


class Placed(nn.Module):
    """Reads words of at most 17 letters, all letters at once."""

    def __init__(self):
        super().__init__()
        self.emb, self.pos = nn.Embedding(4, 8), nn.Embedding(17, 8)
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.out = nn.Linear(8, 2)

    def forward(self, tokens):
        return self.out(self.encoder(self.emb(tokens) + self.pos(torch.arange(tokens.shape[1]))).mean(1))


def test_the_longest_word_is_found_by_trying():
    teacher = nerode.teacher(Placed(), LETTERS)
    assert teacher.longest == 17
    assert "Words are of at most 17 letters." in teacher.told
    assert nerode.extract(teacher, queries=400).failure is None


def test_half_precision_of_another_kind_is_asked_whole_words():
    module = made("mean pooling").bfloat16()
    teacher = nerode.teacher(module, LETTERS)
    with torch.inference_mode():
        truth = module(torch.tensor([[0, 1, 2]])).float().numpy()
    np.testing.assert_allclose(teacher.scores([(0, 1, 2)]), truth, atol=1e-6)


def test_layers_without_sizes_are_refused():
    with pytest.raises(InputError, match="sizes are not known yet"):
        nerode.teacher(nn.Sequential(nn.Embedding(4, 3), nn.Flatten(), nn.LazyLinear(2)), LETTERS)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16], ids=["read", "asked whole words"])
def test_a_language_model_without_an_end_is_told(precision):
    module = made("character LSTM").to(precision)
    teacher = nerode.teacher(module, LETTERS, gives="next")
    assert "no word ever ends" in teacher.told
    assert teacher.link == NextSymbol(len(LETTERS), ends=False)
    words, numbers = answers("character LSTM", module, 5)
    found = teacher.link.log_probabilities(teacher.scores(words))
    np.testing.assert_allclose(found[:, :-1], np.log(numbers), atol=max(1e-5, torch.finfo(precision).eps))  # after its softmax
    assert (found[:, -1] == -np.inf).all()


def test_answers_that_are_no_numbers_are_named():
    module = made("deep")
    with torch.no_grad():
        next(module.parameters()).fill_(torch.nan)
    with pytest.raises(InputError, match="its answers are not finite numbers"):
        nerode.teacher(module, LETTERS)


@pytest.mark.parametrize(("asked", "kind"), [(lambda word: len(word), "function"), (nn.Linear(2, 2), "module")])
def test_unknown_options_are_named(asked, kind):
    with pytest.raises(InputError, match=f"a {kind} has no option 'colour'; its options are .*longest"):
        nerode.teacher(asked, LETTERS, colour="red")


class Dropping(torch.nn.Module):
    """Asked whole words, and right only in evaluation mode; the embedding is frozen in it."""

    def __init__(self):
        super().__init__()
        self.emb, self.drop, self.out = torch.nn.Embedding(3, 5), torch.nn.Dropout(0.9), torch.nn.Linear(5, 2)

    def forward(self, tokens):
        return self.out(self.drop(self.emb(tokens)).sum(1).tanh())


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.sampled(2)
def test_a_module_is_left_in_its_mode_and_asked_in_evaluation_mode(whole, training):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(2)
        module, letters = (Dropping(), "abc") if whole else (made("deep"), LETTERS)
    words = [(0, 1), (2,), (1, 1, 0, 2)]
    module.eval()
    truth = nerode.teacher(module, letters).scores(words)
    parts = list(module.modules())
    module.train(training)
    parts[1].training = False
    modes = [part.training for part in parts]
    teacher = nerode.teacher(module, letters)
    assert [part.training for part in parts] == modes
    np.testing.assert_array_equal(teacher.scores(words), truth)
    assert [part.training for part in parts] == modes


def test_a_module_that_fails_is_left_in_its_mode():
    class Failing(Dropping):
        def forward(self, tokens):
            raise ValueError("no")

    module = Failing().train()
    with pytest.raises(InputError, match="cannot be asked"):
        nerode.teacher(module, "abc")
    assert all(part.training for part in module.modules())


def test_tokens_by_symbol():
    module = made("deep")
    words = [(0, 1, 2, 3), (3,), (1, 1, 0)]
    truth = nerode.teacher(module, LETTERS, tokens=[2, 0, 3, 1]).scores(words)
    tokens = {"d": 1, "a": 2, "b": 0, "c": np.int64(3)}
    np.testing.assert_array_equal(nerode.teacher(module, LETTERS, tokens=tokens).scores(words), truth)


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        ({"a": 0, "b": 1, "d": 2}, "tokens has no number for the symbol 'c' of the alphabet; give tokens="),
        ({"a": 0, "b": 1, "c": 2, "d": 3, "<s>": 4}, "tokens names '<s>', which is no symbol of the alphabet; start=, end="),
        ("abcd", r"tokens is 'abcd'; give tokens=\[…\], a whole number for each symbol, or tokens={symbol: number}"),
        ({"a": "0", "b": 1, "c": 2, "d": 3}, r"tokens is \['0', 1, 2, 3\]; give tokens="),
        (3, "tokens is 3; give tokens="),
        ([0, 1, 2, -1], "tokens has the number -1"),
    ],
)
def test_tokens_in_another_form_are_told(tokens, said):
    with pytest.raises(InputError, match=said):
        nerode.teacher(made("deep"), LETTERS, tokens=tokens)


def test_names_of_the_outputs_keep_the_engine():
    module = made("mean pooling")
    words = [(0, 1, 2, 3), (3,), (1, 1, 0)]
    plain = nerode.teacher(module, LETTERS)
    named = nerode.teacher(module, LETTERS, classes=["low", "middle", "high"])
    assert type(named) is type(plain)
    np.testing.assert_array_equal(named.scores(words), plain.scores(words))
