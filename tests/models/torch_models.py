"""Networks as people write, train and save them, in plain torch and without nerode.

Each entry of MODELS says how a network is made, how it answers a word of letters 0 … n−1, how it is saved, and what its author
would tell `nerode import`.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

LETTERS = "abcd"


class LastValidState(nn.Module):
    """The state at the last letter of each padded word; token 0 is padding."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS) + 1, 6, padding_idx=0)
        self.lstm = nn.LSTM(6, 12, batch_first=True)
        self.fc = nn.Linear(12, 2)

    def forward(self, tokens, lengths):
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, (last, _) = self.lstm(packed)
        return self.fc(last[-1])


class MeanPooling(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(len(LETTERS), 6)
        self.gru = nn.GRU(6, 10, bidirectional=True)
        self.out = nn.Linear(20, 3)

    def forward(self, tokens):
        outputs, _ = self.gru(self.emb(tokens.T))
        return torch.log_softmax(self.out(outputs.mean(0)), 1)


class StackedReluRNN(nn.Module):
    """One-hot input."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(len(LETTERS), 14, num_layers=2, nonlinearity="relu", batch_first=True)
        self.classifier = nn.Sequential(nn.Linear(14, 8), nn.Dropout(0.3), nn.Tanh(), nn.Linear(8, 1))

    def forward(self, tokens):
        outputs, _ = self.rnn(nn.functional.one_hot(tokens, len(LETTERS)).float())
        return torch.sigmoid(self.classifier(outputs[:, -1]))


class TiedLanguageModel(nn.Module):
    """Tokens: start, the letters, end."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Embedding(len(LETTERS) + 2, 11)
        self.rnn = nn.LSTM(11, 11, batch_first=True)
        self.decoder = nn.Linear(11, len(LETTERS) + 2)
        self.decoder.weight = self.encoder.weight

    def forward(self, tokens):
        outputs, hidden = self.rnn(self.encoder(tokens))
        return self.decoder(outputs), hidden


class CharacterLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(LETTERS), 5)
        self.lstm = nn.LSTM(5, 9, num_layers=2, dropout=0.2, batch_first=True)
        self.dropout = nn.Dropout(0.5)
        self.norm = nn.LayerNorm(9)
        self.head = nn.Linear(9, 4)

    def forward(self, tokens):
        outputs, _ = self.lstm(self.embed(tokens))
        return torch.softmax(self.head(self.norm(self.dropout(outputs[:, -1]))), 1)


class Deep(nn.Module):
    """Two affine layers with a ReLU, layers of different widths, the largest output over time."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(len(LETTERS), 5)
        self.first = nn.GRU(5, 12, batch_first=True)
        self.second = nn.GRU(12, 7, batch_first=True)
        self.fc1 = nn.Linear(7, 6)
        self.fc2 = nn.Linear(6, 3)

    def forward(self, tokens):
        outputs, _ = self.second(self.first(self.embed(tokens))[0])
        return self.fc2(torch.relu(self.fc1(outputs.max(1).values)))


def plain(module, word):
    return module(torch.tensor([word]))[0]


def of_padded_batch(module, word):
    """The word beside a longer one, as in training."""
    tokens = torch.zeros(2, len(word) + 3, dtype=torch.int64)
    tokens[0, : len(word)] = torch.tensor(word) + 1
    tokens[1] = 2
    return module(tokens, torch.tensor([len(word), len(word) + 3]))[0]


def of_language_model(module, word):
    return module(torch.tensor([[0, *(letter + 1 for letter in word)]]))[0][0, -1]


def nested(module, path):
    torch.save({"epoch": 7, "model_state_dict": module.state_dict(), "optimizer_state_dict": {"state": {0: torch.ones(3)}}}, path)


def prefixed(prefix):
    return lambda module, path: torch.save({prefix + name: tensor for name, tensor in module.state_dict().items()}, path)


def as_safetensors(module, path):
    save_file(module.state_dict(), path)


def in_half_precision(module, path):
    """The module answers with the rounded weights."""
    module.half()
    torch.save(module.state_dict(), path)
    module.float()


@dataclass(frozen=True)
class Model:
    make: Callable[[], nn.Module]
    answer: Callable = plain
    save: Callable = lambda module, path: torch.save(module.state_dict(), path)
    suffix: str = ".pt"
    options: tuple[str, ...] = ("--alphabet", LETTERS)


CLASSES = ("--alphabet", LETTERS, "--task", "classifier")
LANGUAGE_MODEL = ("--alphabet", LETTERS, "--start", "0", "--end", "5")
RELU = ("--alphabet", LETTERS, "--nonlinearity", "relu", "--activation", "tanh")
MEAN = ("--alphabet", LETTERS, "--pooling", "mean")
DEEP = ("--alphabet", LETTERS, "--pooling", "max", "--activation", "relu")

MODELS = {
    "last valid state": Model(LastValidState, of_padded_batch),
    "mean pooling": Model(MeanPooling, save=nested, options=MEAN),
    "stacked relu": Model(StackedReluRNN, suffix=".pth", options=RELU),
    "tied language model": Model(TiedLanguageModel, of_language_model, options=LANGUAGE_MODEL),
    "character LSTM": Model(CharacterLSTM, save=as_safetensors, suffix=".safetensors", options=CLASSES),
    "deep": Model(Deep, options=DEEP),
    "DataParallel": Model(CharacterLSTM, save=prefixed("module."), options=CLASSES),
    "torch.compile": Model(MeanPooling, save=prefixed("_orig_mod."), options=MEAN),
    "half precision": Model(LastValidState, of_padded_batch, in_half_precision),
}


def made(name):
    """The module with weights large enough for words to be told apart."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        module = MODELS[name].make()
        with torch.no_grad():
            for weights in set(module.parameters()):
                if weights.dim() > 1:
                    weights.mul_(1.6)
    return module.eval()


def answers(name, module, count, longest=20, seed=3):
    """Random words and the module's answers, a list of numbers each."""
    draw = random.Random(seed)
    words = [[draw.randrange(len(LETTERS)) for _ in range(draw.randint(1, longest))] for _ in range(count)]
    with torch.inference_mode():
        return words, [MODELS[name].answer(module, word).tolist() for word in words]


def text(word):
    return "".join(LETTERS[letter] for letter in word)
