"""What an import says where an option is wrong, and what it takes for granted."""

import numpy as np
import pytest
import torch
from models.torch_models import LETTERS, answers, made, text
from torch import nn

from nerode.errors import InputError
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.proof import Answers
from nerode.teachers.imports.weights import import_weights


def given(name, module, count=40, change=lambda numbers: numbers):
    words, numbers = answers(name, module, count)
    return Answers(tuple(map(text, words)), change(np.array(numbers)))


def refused(path, wanted, proof):
    with pytest.raises(InputError) as error:
        import_weights(path, wanted, proof)
    said = str(error.value)
    assert "\n" not in said
    assert "fails first on the word" in said
    return said


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(LETTERS, pooling="mean"), "without --pooling mean"),
        (Wanted(LETTERS, padding="3"), "without --padding 3"),
        (Wanted(LETTERS, start="0"), "without --start 0"),
        (Wanted(LETTERS, padding="0", length=25, left=True), "without --length 25"),
        (Wanted(f"{LETTERS}e"), "with --alphabet abcd"),
        (Wanted(LETTERS[::-1]), "with --alphabet abcd"),
    ],
)
@pytest.mark.sampled(3)
def test_the_option_that_is_wrong_is_named(tmp_path, wanted, said):
    module = made("last valid state")
    torch.save(module.state_dict(), tmp_path / "own.pt")
    proof = given("last valid state", module)
    assert refused(tmp_path / "own.pt", wanted, proof).endswith(f"All answers agree {said}")
    assert import_weights(tmp_path / "own.pt", Wanted(LETTERS), proof).proof.holds  # as is said


class Marked(nn.Module):
    """Letters are tokens behind the markers or before them."""

    def __init__(self, start, end, first):
        super().__init__()
        self.embedding, self.rnn, self.out = nn.Embedding(3 + start + end, 4), nn.GRU(4, 6, batch_first=True), nn.Linear(6, 2)
        markers = range(start + end) if first else range(3, 3 + start + end)
        self.begin, self.finish, self.first = list(markers)[:start], list(markers)[start:], (start + end) * first

    def forward(self, word):
        tokens = torch.tensor([[*self.begin, *(letter + self.first for letter in word), *self.finish]])
        return self.out(self.rnn(self.embedding(tokens))[0][:, -1])[0]


@pytest.mark.parametrize(
    ("start", "end", "first", "said"),
    [(1, 0, False, "--start 3"), (1, 0, True, "--start 0"), (0, 1, False, "--end 3"), (1, 1, True, "--start 0 --end 1")],
)
@pytest.mark.sampled(2)
def test_markers_that_nobody_named_are_named(tmp_path, start, end, first, said):
    torch.manual_seed(3)
    module = Marked(start, end, first)
    torch.save(module.state_dict(), tmp_path / "own.pt")
    words = [(0, 1), (2,), (1, 1, 2), (0, 2, 1, 0), (2, 2), (1,), (0, 0, 0, 1, 2)] * 3
    with torch.inference_mode():
        numbers = np.array([module(word).numpy() for word in words], float)
    proof = Answers(tuple("".join("abc"[letter] for letter in word) for word in words), numbers)
    with pytest.raises(InputError, match=f"say which tokens are no letters .*All answers agree with {said}$"):
        import_weights(tmp_path / "own.pt", Wanted("abc"), proof)


def test_markers_that_are_exchanged_are_named(tmp_path):
    module = made("tied language model")
    torch.save(module.state_dict(), tmp_path / "own.pt")
    said = refused(tmp_path / "own.pt", Wanted(LETTERS, start="5", end="0"), given("tied language model", module))
    assert said.endswith("All answers agree with --start and --end exchanged")


def test_an_order_of_classes_that_is_another_is_named(tmp_path):
    module = made("mean pooling")
    torch.save(module.state_dict(), tmp_path / "own.pt")
    turned = given("mean pooling", module, change=lambda numbers: numbers[:, [2, 0, 1]])
    said = refused(tmp_path / "own.pt", Wanted(LETTERS), turned)
    assert said.endswith("if the 3 numbers of each answer are put in the order 2 3 1")
    put = Answers(turned.words, turned.numbers[:, [1, 2, 0]])
    assert import_weights(tmp_path / "own.pt", Wanted(LETTERS), put).proof.holds


def test_where_nothing_agrees_nothing_is_named(tmp_path):
    module = made("last valid state")
    torch.save(module.state_dict(), tmp_path / "own.pt")
    noise = np.random.default_rng(0).normal(size=(40, 2))
    said = refused(
        tmp_path / "own.pt", Wanted(LETTERS, pooling="mean"), given("last valid state", module, change=lambda _: noise)
    )
    assert "All answers agree" not in said
    assert "--length N is missing" in said


def test_language_models_are_not_told_to_pad(tmp_path):
    module = made("tied language model")
    torch.save(module.state_dict(), tmp_path / "own.pt")
    proof = given("tied language model", module, change=lambda numbers: numbers[::-1])
    said = refused(tmp_path / "own.pt", Wanted(LETTERS, start="0", end="5"), proof)
    assert "--length" not in said


@pytest.mark.parametrize("decimals", [2, 4])
def test_answers_that_are_printed_with_few_digits_are_told(tmp_path, decimals):
    module = made("last valid state")
    torch.save(module.state_dict(), tmp_path / "own.pt")
    proof = given("last valid state", module, change=lambda numbers: numbers.round(decimals))
    said = refused(tmp_path / "own.pt", Wanted(LETTERS), proof)
    assert f"all answers are its scores as far as they are printed, with {decimals} decimals" in said
    wrong = given("last valid state", module, change=lambda numbers: numbers.round(decimals) + 0.5)
    assert "as far as they are printed" not in refused(tmp_path / "own.pt", Wanted(LETTERS), wrong)


def test_a_letter_whose_row_is_that_of_padding_is_told(tmp_path):
    torch.save(made("last valid state").state_dict(), tmp_path / "own.pt")
    assumed = import_weights(tmp_path / "own.pt", Wanted(f"{LETTERS}e")).assumed
    assert any("token 0 is the letter a, though its row of the embedding is zero" in said for said in assumed)
    assumed = import_weights(tmp_path / "own.pt", Wanted(LETTERS)).assumed
    assert not any("though its row" in said for said in assumed)


def test_what_a_program_may_do_beside_its_weights_is_told(tmp_path):
    torch.save(made("last valid state").state_dict(), tmp_path / "own.pt")
    (said,) = [said for said in import_weights(tmp_path / "own.pt", Wanted(LETTERS)).assumed if "no function" in said]
    assert "between the embedding, the cells and the read-out" in said
    assert "the hidden state is read, not the cell state" in said
    torch.save(made("deep").state_dict(), tmp_path / "deep.pt")
    (said,) = [
        said
        for said in import_weights(tmp_path / "deep.pt", Wanted(LETTERS, activation=("relu",))).assumed
        if "no function" in said
    ]
    assert "no layer is passed by" in said
    assert "cell state" not in said


def test_where_no_reading_agrees_the_way_for_other_networks_is_named(tmp_path):
    module = made("last valid state")
    torch.save(module.state_dict(), tmp_path / "own.pt")
    noise = np.random.default_rng(0).normal(size=(40, 2))
    said = refused(tmp_path / "own.pt", Wanted(LETTERS), given("last valid state", module, change=lambda _: noise))
    assert said.endswith("a sum past a layer): nerode.teacher(module, alphabet) in Python asks any module as it is")


def test_how_transformers_are_read_is_said_where_pooling_is_given(tmp_path):
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16)
    state = torch.nn.ModuleDict({"emb": torch.nn.Embedding(5, 8), "layers": torch.nn.ModuleList([layer])}).state_dict()
    torch.save({**state, "out.weight": torch.ones(2, 8), "out.bias": torch.ones(2)}, tmp_path / "own.pt")
    with pytest.raises(InputError, match=r"read causal and at the last token, .*nerode\.teacher.*; leave --pooling out"):
        import_weights(tmp_path / "own.pt", Wanted(LETTERS, pooling="mean"))


@pytest.mark.parametrize("count", [None, 1, 19, 20])
def test_tokens_are_said_with_answers_and_without(tmp_path, count):
    module = made("last valid state")
    torch.save(module.state_dict(), tmp_path / "own.pt")
    proof = None if count is None else given("last valid state", module, count)
    found = import_weights(tmp_path / "own.pt", Wanted(LETTERS), proof)
    assert found.tokens == "a 1, b 2, c 3, d 4, padding 0"
    few = [said for said in found.assumed if said.startswith("only")]
    words = "1 word was" if count == 1 else f"{count} words were"
    assert few == ([f"only {words} checked; give some hundred"] if count in (1, 19) else [])


def test_the_tokens_of_markers_and_of_many_letters_are_said(tmp_path):
    table = {"<s>": 0, **{f"L{i}": i for i in range(1, 41)}, "</s>": 41}
    state = {"emb.weight": torch.ones(42, 3), **{f"gru.{name}": part for name, part in torch.nn.GRU(3, 4).state_dict().items()}}
    torch.save({**state, "out.weight": torch.ones(2, 4), "out.bias": torch.ones(2)}, tmp_path / "own.pt")
    tokens = import_weights(tmp_path / "own.pt", Wanted(vocabulary=table)).tokens
    assert tokens.startswith("L1 1, L2 2, ")
    assert tokens.endswith("L30 30, …, start 0, end 41")


def test_a_language_model_is_not_said_to_be_read_at_its_last_state(tmp_path):
    torch.save(made("tied language model").state_dict(), tmp_path / "own.pt")
    assumed = import_weights(tmp_path / "own.pt", Wanted(LETTERS, start="0", end="5")).assumed
    assert not any("--pooling" in said for said in assumed)
