"""What networks compute, written slowly and without them: one word at a time, with torch's own layers or after the papers."""

import torch
from torch import nn

from nerode.teachers.reset_first import RESET_FIRST

TOKENS = 7


def tokens_of(encoding, word):
    return [*encoding.begin, *(letter + encoding.offset for letter in word), *encoding.finish]


def recurrent_truth(network, encoding):
    """Torch's own cells, one word at a time; written without the network's `forward`."""
    spec = network.spec
    directions = 2 if spec.bidirectional else 1
    over_time = {"mean": lambda each: each.mean(0), "sum": lambda each: each.sum(0), "max": lambda each: each.max(0).values}

    def truth(word):
        tokens = tokens_of(encoding, word)
        if tokens:
            table = torch.eye(TOKENS, dtype=network.dtype) if network.embedding is None else network.embedding.weight
            vectors = torch.stack([table[token] for token in tokens])
            own = spec.cell == RESET_FIRST
            outputs, last = reset_first(network.cells, vectors) if own else network.cells(vectors[None])
            last = last[0] if spec.cell == "lstm" else last  # (layers · directions, 1, output)
            scores = torch.cat(list(last[-directions:, 0]))
            if spec.pooling != "last":
                scores = outputs[0, -1] if spec.pooling == "end" else over_time[spec.pooling](outputs[0])
        else:
            scores = torch.zeros(directions * spec.output, dtype=network.dtype)
        for layer in network.readout:
            scores = layer.weight @ scores + layer.bias if isinstance(layer, nn.Linear) else layer(scores)
        return scores.numpy()

    return truth


def reset_first(cells, vectors):
    """Outputs and last states of GRUs that reset first, vector by vector, after the paper."""
    states = []
    for depth in range(cells.num_layers):
        both = []
        for way in ("", "_reverse")[: 1 + cells.bidirectional]:
            parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            into, back, bias, other = (getattr(cells, f"{part}_l{depth}{way}") for part in parts)
            h, each = torch.zeros_like(back[0]), []
            for x in vectors.flip(0) if way else vectors:
                r, z, n = (into @ x + bias + other).chunk(3)
                back_r, back_z, back_n = back.chunk(3)
                r, z = torch.sigmoid(r + back_r @ h), torch.sigmoid(z + back_z @ h)
                h = z * h + (1 - z) * torch.tanh(n + back_n @ (r * h))
                each.append(h)
            states.append(h[None])
            both.append(torch.stack(each[::-1] if way else each))
        vectors = torch.cat(both, dim=1)
    return vectors[None], torch.stack(states)


def distilbert_truth(network):
    """The same weights in torch's own post-norm encoder layers."""
    spec, state = network.spec, network.state_dict()
    blocks = []
    for depth in range(spec.layers):
        block = nn.TransformerEncoderLayer(
            spec.dim, spec.heads, spec.feedforward, dropout=0, activation="gelu", layer_norm_eps=1e-12, batch_first=True
        ).double()
        ours = {
            name.removeprefix(f"distilbert.transformer.layer.{depth}."): weights
            for name, weights in state.items()
            if name.startswith(f"distilbert.transformer.layer.{depth}.")
        }
        theirs = {}
        for part in ("weight", "bias"):
            theirs[f"self_attn.in_proj_{part}"] = torch.cat([ours[f"attention.{name}_lin.{part}"] for name in "qkv"])
            theirs[f"self_attn.out_proj.{part}"] = ours[f"attention.out_lin.{part}"]
            theirs[f"norm1.{part}"], theirs[f"norm2.{part}"] = ours[f"sa_layer_norm.{part}"], ours[f"output_layer_norm.{part}"]
            theirs[f"linear1.{part}"], theirs[f"linear2.{part}"] = ours[f"ffn.lin1.{part}"], ours[f"ffn.lin2.{part}"]
        block.load_state_dict(theirs)
        blocks.append(block.eval())

    def truth(tokens):
        prefix = "distilbert.embeddings."
        hidden = torch.stack([state[prefix + "word_embeddings.weight"][token] for token in tokens])
        hidden = hidden + state[prefix + "position_embeddings.weight"][: len(tokens)]
        norm = (state[prefix + "LayerNorm.weight"], state[prefix + "LayerNorm.bias"])
        hidden = nn.functional.layer_norm(hidden, (spec.dim,), *norm, eps=1e-12)[None]
        for block in blocks:
            hidden = block(hidden)
        inner = (state["pre_classifier.weight"] @ hidden[0, 0] + state["pre_classifier.bias"]).clamp(min=0)
        return (state["classifier.weight"] @ inner + state["classifier.bias"]).numpy()

    return truth


def layered_truth(network, encoding, block_truth):
    """Word by word; a block maps the list of its vectors to another, as `block_truth` says."""

    def truth(word):
        vectors = [network.embedding.weight[token] for token in tokens_of(encoding, word)]
        for block in network.blocks:
            vectors = block_truth(block, vectors)
        last = vectors[-1] if vectors else torch.zeros_like(network.embedding.weight[0])
        return network.readout(network.norm(last)).detach().numpy()

    return truth


def convolution_truth(block, vectors):
    """Torch's own convolutions."""
    if not vectors:
        return []

    def convolved(layer, given):
        weight = layer.weight.unflatten(1, (block.kernel, -1)).transpose(1, 2)  # (out, in, kernel)
        padded = nn.functional.pad(given.T[None], ((block.kernel - 1) * block.dilation, 0))
        return nn.functional.conv1d(padded, weight, layer.bias, dilation=block.dilation)[0].T.clamp(min=0)

    hidden = torch.stack(vectors)
    return list(hidden + convolved(block.second, convolved(block.first, block.norm(hidden))))


def feedforward_truth(part, x):
    return x + part.out(nn.functional.gelu(part.into(part.norm(x))))


def state_space_truth(block, vectors):
    h, after = torch.zeros_like(block.out.weight[0]), []
    for x in vectors:
        s, b, gate = block.into(block.norm(x)).chunk(3)
        a = torch.tanh(s)
        h = a * h + torch.sqrt((1 - a) * (1 + a)) * b
        after.append(feedforward_truth(block.feedforward, x + block.out(h * gate * torch.sigmoid(gate))))
    return after


def linear_attention_truth(block, vectors):
    """All earlier tokens are looked at again: what a token left is multiplied by all later factors."""
    seen, after = [], []
    for x in vectors:
        query, key, value, forgetting, gate = block.into(block.norm(x)).chunk(5)
        factor = torch.sigmoid(forgetting) ** (1 / 16)
        seen = [(factor * decayed, other) for decayed, other in seen] + [(key, value)]
        heads = [slice(head * block.size, (head + 1) * block.size) for head in range(block.heads)]
        read = [sum((query[part] @ k[part]) * v[part] for k, v in seen) / block.size**0.5 for part in heads]
        mixed = torch.cat([block.head_norm(each) for each in read]) * gate * torch.sigmoid(gate)
        after.append(feedforward_truth(block.feedforward, x + block.out(mixed)))
    return after
