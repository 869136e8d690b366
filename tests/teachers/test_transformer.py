import math

import pytest
import torch
from tolerances import allowed, rounding

from nerode.errors import InputError
from nerode.teachers.rowwise import sinusoids
from nerode.teachers.transformer import CausalTransformer, TransformerSpec

SPEC = TransformerSpec(tokens=4, dim=8, heads=2, layers=2, feedforward=12, width=3)


@pytest.fixture
def network():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return CausalTransformer(SPEC).double().eval()


@pytest.fixture
def tokens():
    return torch.randint(4, (5, 9), generator=torch.Generator().manual_seed(3))


@torch.inference_mode()
def test_the_scores_of_each_position_are_those_of_the_prefix_that_ends_there(network, tokens):
    each = network.forward_each(tokens)
    within = rounding(network, tokens.tolist())
    assert each.shape == (5, 9, 3)
    for length in range(1, 10):
        torch.testing.assert_close(network(tokens[:, :length]), each[:, length - 1], rtol=0, atol=within)


@torch.inference_mode()
def test_later_tokens_do_not_change_earlier_scores(network, tokens):
    changed = tokens.clone()
    changed[:, 5:] = (changed[:, 5:] + 1) % 4
    before, after = network.forward_each(tokens), network.forward_each(changed)
    torch.testing.assert_close(before[:, :5], after[:, :5], rtol=0, atol=rounding(network, tokens.tolist()))
    assert (before[:, 5:] - after[:, 5:]).abs().amax(dim=(0, 2)).min() > 1e-3


@torch.inference_mode()
def test_the_order_of_the_tokens_matters(network):
    one, other = torch.tensor([[3, 0, 1, 2]]), torch.tensor([[3, 1, 0, 2]])
    assert (network(one) - network(other)).abs().max() > 1e-3


@torch.inference_mode()
def test_attention_agrees_with_sums_written_out(network, tokens):
    block = network.blocks[0]
    hidden = network.embedding(tokens)
    query, key, value = block.attention_in(block.attention_norm(hidden)).chunk(3, dim=2)
    mixed = torch.zeros_like(hidden)
    for n in range(len(tokens)):
        for head in range(SPEC.heads):
            part = slice(4 * head, 4 * head + 4)
            for i in range(9):
                weights = torch.stack([query[n, i, part] @ key[n, j, part] / math.sqrt(4) for j in range(i + 1)]).softmax(0)
                mixed[n, i, part] = sum(weights[j] * value[n, j, part] for j in range(i + 1))
    middle = hidden + block.attention_out(mixed)
    inner = torch.nn.functional.gelu(block.feedforward_in(block.feedforward_norm(middle)))
    products = 4  # one after the other: into attention, out of it, and two more
    within = products * allowed(torch.float64, 12) * float(middle.abs().max())
    torch.testing.assert_close(block(hidden), middle + block.feedforward_out(inner), rtol=0, atol=within)


def test_positions_are_those_of_the_paper():
    table = torch.from_numpy(sinusoids(50, 6))
    for place in (0, 1, 49):
        for pair in range(3):
            angle = place / 10_000 ** (2 * pair / 6)
            within = 2**-24 * (1 + 12 * angle)  # of a rate, a power of 10,000 that is rounded twice, and of a sine
            assert table[place, 2 * pair].item() == pytest.approx(math.sin(angle), rel=0, abs=within)
            assert table[place, 2 * pair + 1].item() == pytest.approx(math.cos(angle), rel=0, abs=within)


@torch.inference_mode()
def test_no_word_is_too_long(network):
    assert torch.isfinite(network(torch.zeros(1, 2000, dtype=torch.long))).all()


def test_without_a_token_there_is_nothing_to_read(network):
    with pytest.raises(InputError, match="begin marker"):
        network(torch.zeros(2, 0, dtype=torch.long))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heads": 3}, "multiple"),
        ({"dim": 9, "heads": 3}, "even"),
        ({"layers": 0}, "at least 1"),
        ({"tokens": 2.0}, "whole numbers"),
        ({"width": True}, "whole numbers"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        TransformerSpec(**{**vars(SPEC), **change})


def test_the_specification_reads_well():
    assert str(SPEC) == "causal transformer, 2 layers of 8, 2 heads, feed-forward 12"
    assert str(TransformerSpec(3, 4, 1, 1, 8, 1)) == "causal transformer, 1 layer of 4, 1 head, feed-forward 8"
