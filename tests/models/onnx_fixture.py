"""Makes onnx.zip: small networks that torch.onnx.export itself wrote, in both of its ways, with torch's answers.

    python tests/models/onnx_fixture.py

Run it where onnxscript is installed, which the newer way needs. The tests read the archive and do without.
"""

import json
import tempfile
import zipfile
from pathlib import Path

import onnx
import torch
from torch import nn

TOKENS, WORDS = 4, 60
BOTH = {"input_names": ["tokens"], "output_names": ["scores"]}
WAYS = {
    "traced": {"dynamo": False, "dynamic_axes": {"tokens": {0: "batch", 1: "time"}}},
    "exported": {
        "dynamo": True,
        "dynamic_shapes": ({0: torch.export.Dim.AUTO, 1: torch.export.Dim.AUTO},),
        "external_data": False,
        "verbose": False,
    },
}


class Net(nn.Module):
    """Embedding or one-hot input, recurrent layers, something of their outputs, and a head."""

    def __init__(self, cells, taken, head, embedded=True):
        super().__init__()
        self.embedding = nn.Embedding(TOKENS, 3) if embedded else None
        self.cells, self.taken, self.head = cells, taken, head

    def forward(self, tokens):
        vectors = nn.functional.one_hot(tokens, TOKENS).float() if self.embedding is None else self.embedding(tokens)
        outputs, states = self.cells(vectors)
        states = states[0] if isinstance(states, tuple) else states
        return self.head(self.taken(outputs, states))


HEAD = nn.Sequential(nn.Linear(5, 6), nn.LayerNorm(6), nn.SiLU(), nn.Dropout(0.3), nn.Linear(6, 3), nn.Softmax(-1))
MODELS = {
    "lstm": Net(nn.LSTM(3, 6, batch_first=True), lambda outputs, _: outputs[:, -1], nn.Linear(6, 2)),
    "state": Net(nn.GRU(3, 5, batch_first=True), lambda _, states: states[-1], nn.Linear(5, 1)),
    "stacked": Net(nn.GRU(3, 5, 2, batch_first=True), lambda _, states: states[-1], nn.Linear(5, 3)),
    "both": Net(
        nn.LSTM(3, 4, batch_first=True, bidirectional=True),
        lambda _, states: torch.cat([states[-2], states[-1]], 1),
        nn.Linear(8, 3),
    ),
    "mean": Net(nn.GRU(3, 4, batch_first=True, bidirectional=True), lambda outputs, _: outputs.mean(1), nn.Linear(8, 2)),
    "one-hot": Net(nn.LSTM(TOKENS, 5, batch_first=True), lambda outputs, _: outputs[:, -1], HEAD, embedded=False),
    "language-model": Net(nn.LSTM(3, 5, batch_first=True), lambda outputs, _: outputs, nn.Linear(5, TOKENS)),
    "simple": Net(nn.RNN(3, 5, batch_first=True), lambda outputs, _: outputs.max(1)[0], nn.Linear(5, 2)),
}
TRACED_ONLY = ("simple",)  # the newer way writes a loop over the tokens of its example


def without_paths(model):
    """The model without what torch notes of the machine: the lines of the program from which it made each operator."""
    for noted in (model, model.graph, *model.graph.node, *model.graph.value_info):
        noted.doc_string = ""
        del noted.metadata_props[:]
    return model


def main():
    torch.manual_seed(0)
    words = [torch.randint(TOKENS, (1 + i % 12,)) for i in range(WORDS)]
    with (
        tempfile.TemporaryDirectory() as folder,
        zipfile.ZipFile(Path(__file__).with_name("onnx.zip"), "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        answers = {}
        for name, network in MODELS.items():
            for weight in network.parameters():
                nn.init.normal_(weight, std=0.7)
            network.eval()
            for way, options in WAYS.items():
                if way == "exported" and name in TRACED_ONLY:
                    continue
                file = f"{name}.{way}.onnx"
                torch.onnx.export(network, (torch.randint(TOKENS, (3, 11)),), Path(folder) / file, **options, **BOTH)
                archive.writestr(file, without_paths(onnx.load(Path(folder) / file)).SerializeToString())
            with torch.inference_mode():
                rows = [network(word[None])[0] for word in words]
            answers[name] = [[float(f"{x:.7g}") for x in (row[-1] if row.dim() == 2 else row).tolist()] for row in rows]
        archive.writestr("answers.json", json.dumps({"words": [word.tolist() for word in words], "answers": answers}))


if __name__ == "__main__":
    main()
