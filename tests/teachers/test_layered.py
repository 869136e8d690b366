"""Convolutions, state spaces and linear attention: what is theirs beside the contract of all teachers."""

import numpy as np
import pytest
import torch
from tolerances import rounding

from nerode.errors import InputError
from nerode.extraction.queries.searches.whitebox import suits
from nerode.links import Multiclass
from nerode.teachers.asking import teacher_of
from nerode.teachers.convolution import ConvolutionNetwork, ConvolutionSpec
from nerode.teachers.encoder import EncoderSpec
from nerode.teachers.encoding import Encoding
from nerode.teachers.linear_attention import LinearAttentionNetwork, LinearAttentionSpec
from nerode.teachers.state_space import StateSpaceNetwork, StateSpaceSpec, recurrence
from nerode.words import Alphabet

NETWORKS = {
    "convolution": lambda: ConvolutionNetwork(ConvolutionSpec(4, 8, 2, 3)),
    "state space": lambda: StateSpaceNetwork(StateSpaceSpec(4, 8, 2, 3, 5, 9)),
    "linear attention": lambda: LinearAttentionNetwork(LinearAttentionSpec(4, 8, 2, 3, 2, 9)),
}


@pytest.fixture(params=NETWORKS)
def network(request, torch_seed):
    return NETWORKS[request.param]().double().eval()


@pytest.fixture
def tokens():
    return torch.randint(4, (5, 12), generator=torch.Generator().manual_seed(3))


@torch.inference_mode()
def test_the_scores_of_each_position_are_those_of_the_prefix_that_ends_there(network, tokens):
    each = network.forward_each(tokens)
    within = rounding(network, tokens.tolist())
    for length in range(1, 13):
        torch.testing.assert_close(network(tokens[:, :length]), each[:, length - 1], rtol=0, atol=within)


@torch.inference_mode()
def test_later_tokens_do_not_change_earlier_scores(network, tokens):
    changed = tokens.clone()
    changed[:, 5:] = (changed[:, 5:] + 1) % 4
    before, after = network.forward_each(tokens), network.forward_each(changed)
    torch.testing.assert_close(before[:, :5], after[:, :5], rtol=0, atol=rounding(network, tokens.tolist()))
    assert (before[:, 5:] - after[:, 5:]).abs().amax(dim=(0, 2)).min() > 1e-4


def test_the_white_box_search_suits_them(network):
    assert suits(teacher_of(network, Alphabet(("a", "b", "c")), Multiclass(), Encoding(begin=(3,)), 3))


@torch.inference_mode()
def test_a_convolution_sees_its_window_and_no_more(torch_seed):
    network = NETWORKS["convolution"]().double()
    assert network.spec.window == 13  # 1 + 2 · 2 + 2 · 4
    tokens = torch.randint(4, (1, 20), generator=torch.Generator().manual_seed(3))
    for back in range(1, 21):
        changed = tokens.clone()
        changed[0, -back] = (changed[0, -back] + 1) % 4
        assert (network(changed) != network(tokens)).any() == (back <= network.spec.window)


def test_a_recurrence_is_that_of_its_definition(rng):
    decay, given = (torch.from_numpy(rng.standard_normal((3, 7, 5))) for _ in range(2))
    h, each = np.zeros((3, 5)), recurrence(decay, given).numpy()
    for place in range(7):
        h = decay[:, place].numpy() * h + given[:, place].numpy()
        np.testing.assert_allclose(each[:, place], h, rtol=1e-12)


def test_gradients_are_finite_where_a_state_is_kept_or_forgotten_for_good(torch_seed):
    network = NETWORKS["state space"]()
    with torch.no_grad():
        network.blocks[0].into.bias[:5] = torch.tensor([300.0, -300.0, 0.0, 90.0, -20.0])
    network(torch.zeros(2, 6, dtype=torch.int64)).sum().backward()
    assert all(torch.isfinite(weights.grad).all() for weights in network.parameters())


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ConvolutionSpec(4, 8, 2, 3, kernel=1), "at least 2 places"),
        (lambda: ConvolutionSpec(4, 8, 13, 3), "sees at most 20,000 tokens"),
        (lambda: ConvolutionSpec(4, 8, 900, 3), "sees at most 20,000 tokens"),
        (lambda: ConvolutionSpec(4, 8.0, 1, 3), "a convolution over time must be whole numbers"),
        (lambda: StateSpaceSpec(4, 8, 2, 3, 0, 9), "a state-space model must be whole numbers"),
        (lambda: LinearAttentionSpec(4, 8, 2, 3, 3, 9), "a multiple of its 3 heads"),
        (lambda: LinearAttentionSpec(4, 8, 2000, 3, 2, 9), "at most 1,000 layers"),
        (lambda: EncoderSpec(4, 8, 2, 2, 6, 1, pooling="max"), "known are mean, first"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(make, said):
    with pytest.raises(InputError, match=said):
        make()


def test_the_specifications_read_well():
    assert str(ConvolutionSpec(4, 8, 2, 3)) == "convolution over time, 2 layers of 8, 3 places, a window of 13 tokens"
    assert str(StateSpaceSpec(4, 8, 1, 3, 5, 9)) == "state-space model, 1 layer of 8, a state of 5, feed-forward 9"
    assert str(LinearAttentionSpec(4, 8, 2, 3, 1, 9)) == "gated linear attention, 2 layers of 8, 1 head, feed-forward 9"
    assert str(EncoderSpec(4, 8, 2, 1, 9, 1, pooling="first")) == (
        "transformer encoder, 1 layer of 8, 2 heads, feed-forward 9, output at the first token"
    )
