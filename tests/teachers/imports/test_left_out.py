"""Layers that take no part, different functions in a read-out, layers before the cells, and weights under a spectral norm."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from shell import run
from torch import nn

import nerode
from nerode.errors import InputError
from nerode.protocols import SteppingTeacher
from nerode.sampling import uniform_words
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.proof import Answers
from nerode.teachers.imports.weights import import_weights

LETTERS = ("a", "b", "c")
WORDS = [word for word in uniform_words(np.random.default_rng(0), 3, [1, 2, 3, 5, 8, 13] * 12) if word]


class Network(nn.Module):
    """An embedding, what stands before the cells, an LSTM, and a read-out; other layers stand beside them."""

    def __init__(self, head, before=None, width=5, **beside):
        super().__init__()
        self.embedding = nn.Embedding(3, width)
        self.before = nn.Identity() if before is None else before
        self.lstm = nn.LSTM(5, 8, batch_first=True)
        for name, module in beside.items():
            self.add_module(name, module)
        self.output = head

    def forward(self, tokens):
        return self.output(self.lstm(self.before(self.embedding(tokens)))[0][:, -1])


def made(*parts, **more):
    torch.manual_seed(0)
    built = [part() if callable(part) and not isinstance(part, nn.Module) else part for part in parts]
    return Network(*built, **{name: part() if callable(part) else part for name, part in more.items()}).eval()


def numbers(network):
    with torch.inference_mode():
        return np.array([network(torch.tensor([word]))[0].numpy() for word in WORDS], float)


def proof_of(network):
    return Answers(tuple("".join(LETTERS[letter] for letter in word) for word in WORDS), numbers(network))


def saved(tmp_path, network):
    torch.save(network.state_dict(), tmp_path / "own.pt")
    return tmp_path / "own.pt"


def check(found, network):
    """The scores of both classes lie as far apart as those of the module."""
    truth = numbers(network)
    scores = found.model.teacher.scores(WORDS)
    np.testing.assert_allclose(scores[:, 0], truth[:, 1] - truth[:, 0], atol=1e-5)


def two_heads(width=8):
    return made(lambda: nn.Linear(8, 2), aux=lambda: nn.Linear(8, width))


@pytest.mark.parametrize("width", [8, 4])
def test_a_second_head_is_left_out_by_its_name(tmp_path, width):
    network = two_heads(width)
    found = import_weights(saved(tmp_path, network), Wanted(LETTERS, without=("aux",)))
    check(found, network)


@pytest.mark.parametrize("width", [8, 4])
def test_answers_tell_that_a_layer_takes_no_part(tmp_path, width):
    network = two_heads(width)
    with pytest.raises(InputError, match="All answers agree with --without aux"):
        import_weights(saved(tmp_path, network), Wanted(LETTERS, most=60), proof_of(network))


@pytest.mark.parametrize("width", [8, 4])
def test_a_module_in_memory_shows_itself_which_layer_takes_no_part(width):
    network = two_heads(width)
    teacher = nerode.teacher(network, "abc")
    assert isinstance(teacher, SteppingTeacher)
    assert teacher.told.endswith("The layer aux takes no part in its answers.")
    truth = numbers(network)
    np.testing.assert_allclose(teacher.scores(WORDS)[:, 0], truth[:, 1] - truth[:, 0], atol=1e-5)


def test_a_head_that_does_not_fit_is_said_to_be_left_out_by_an_option(tmp_path):
    with pytest.raises(
        InputError, match="If some layers take no part in the answer, as a second head, leave them out with --without"
    ):
        import_weights(saved(tmp_path, two_heads(4)), Wanted(LETTERS))


def test_that_layers_follow_each_other_is_told(tmp_path):
    assumed = import_weights(saved(tmp_path, two_heads()), Wanted(LETTERS, activation=("relu",))).assumed
    order = "the layers follow each other in this order: aux, output (--without NAME if one takes no part, such as a second head)"
    assert order in assumed
    assert any("no layer is passed by" in said for said in assumed)


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("nothing", "no layers are called so; there are output, aux, embedding"),
        ("lstm", "without it there is no network"),
        ("lstm.bias_hh_l0", "no layers are called so"),
    ],
)
def test_names_that_cannot_be_left_out(tmp_path, without, said):
    with pytest.raises(InputError, match=said):
        import_weights(saved(tmp_path, two_heads()), Wanted(LETTERS, without=(without,)))


def test_the_shell_takes_both_options(capsys, tmp_path):
    head = nn.Sequential(nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 2))
    file = saved(tmp_path, made(head, value=lambda: nn.Linear(8, 1)))
    options = ("import", file, "--alphabet", "abc", "--without", "value", "--out", tmp_path / "own")
    done = run(capsys, *options, "--activation", "relu,tanh")
    assert done.code == 0
    assert "assumed: value takes no part in the answer, as --without says" in done.out
    assert "value takes no part" in (tmp_path / "own" / "teacher.json").read_text()
    done = run(capsys, *options, "--activation", "relu,swish", "--force")
    assert (done.code, "not 'swish'" in done.err) == (2, True)


def test_different_functions_are_found_by_answers(tmp_path):
    network = made(nn.Sequential(nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 2)))
    file = saved(tmp_path, network)
    found = import_weights(file, Wanted(LETTERS), proof_of(network))
    assert found.reading.functions == ("tanh", "relu")
    check(found, network)
    check(import_weights(file, Wanted(LETTERS, activation=("tanh", "relu"))), network)
    with pytest.raises(InputError, match="names 3 functions, and there are 2 places"):
        import_weights(file, Wanted(LETTERS, activation=("tanh", "relu", "none")))


def test_what_functions_have_beside_their_names_is_told(tmp_path):
    network = made(nn.Sequential(nn.Linear(8, 6), nn.LeakyReLU(0.2), nn.Linear(6, 2)))
    assumed = import_weights(saved(tmp_path, network), Wanted(LETTERS, activation=("leaky-relu",))).assumed
    assert "leaky-relu has the slope 0.01, as in torch" in assumed


@pytest.mark.parametrize(
    ("before", "width"),
    [
        (lambda: nn.Linear(6, 5), 6),
        (lambda: nn.Linear(5, 5, bias=False), 5),
        (lambda: nn.Linear(6, 5, bias=False), 6),
        (lambda: nn.Sequential(nn.LayerNorm(7), nn.Linear(7, 5)), 7),
    ],
    ids=["narrower", "no bias", "narrower, no bias", "norm"],
)
def test_layers_before_the_cells_are_read(tmp_path, before, width):
    torch.manual_seed(1)
    network = made(lambda: nn.Linear(8, 2), before, width=width)
    found = import_weights(saved(tmp_path, network), Wanted(LETTERS))
    check(found, network)
    assert any(said.startswith("no function stands behind before") for said in found.assumed)


def test_a_matrix_behind_the_cells_is_not_read_before_them_for_its_name(tmp_path):
    """The names in a safetensors file are sorted: embedding, fc, lstm, output."""
    network = made(lambda: nn.Linear(8, 2))
    state = network.state_dict() | {"fc.weight": torch.randn(5, 5)}
    save_file(state, tmp_path / "own.safetensors")
    with pytest.raises(InputError, match="cannot be imported"):
        import_weights(tmp_path / "own.safetensors", Wanted(LETTERS))


def test_a_layer_of_two_widths_before_the_cells_is_read_from_files_without_an_order(tmp_path):
    network = made(lambda: nn.Linear(8, 2), lambda: nn.Linear(6, 5), width=6)
    state = {name.replace("before", "proj"): tensor for name, tensor in network.state_dict().items()}
    save_file(state, tmp_path / "own.safetensors")  # proj is behind lstm
    check(import_weights(tmp_path / "own.safetensors", Wanted(LETTERS)), network)


def test_answers_tell_what_takes_no_part_in_one_of_several_networks(tmp_path):
    network, other = two_heads(), two_heads()
    torch.save({"model": network.state_dict(), "ema": {k: 2 * v for k, v in other.state_dict().items()}}, tmp_path / "own.pt")
    with pytest.raises(InputError, match="All answers agree with --without aux"):
        import_weights(tmp_path / "own.pt", Wanted(LETTERS, most=60), proof_of(network))
    found = import_weights(tmp_path / "own.pt", Wanted(LETTERS, without=("aux",)), proof_of(network))
    assert found.network == "model"
    check(found, network)


@pytest.mark.parametrize("axis", [0, 1])
def test_spectral_norms_of_cells_are_computed_along_their_axis(tmp_path, axis):
    network = made(lambda: nn.Linear(8, 2))
    network.lstm = nn.utils.parametrizations.spectral_norm(nn.RNN(5, 8, batch_first=True), "weight_hh_l0", dim=axis).eval()
    check(import_weights(saved(tmp_path, network), Wanted(LETTERS)), network)


def test_few_readings_are_tried_where_many_fit_and_the_refusal_says_so(tmp_path):
    sequence = nn.Sequential(nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 2))
    network = made(sequence)
    save_file(network.state_dict(), tmp_path / "own.safetensors")
    wrong = proof_of(network)
    wrong = Answers(wrong.words, wrong.numbers[::-1].copy())
    with pytest.raises(InputError, match="only the 20 likeliest readings were tried"):
        import_weights(tmp_path / "own.safetensors", Wanted(LETTERS, most=20), wrong)


@pytest.mark.parametrize("norm", [nn.utils.spectral_norm, nn.utils.parametrizations.spectral_norm], ids=["old", "new"])
def test_spectral_norm_is_computed(tmp_path, norm):
    network = made(norm(nn.Linear(8, 2)))
    check(import_weights(saved(tmp_path, network), Wanted(LETTERS)), network)
