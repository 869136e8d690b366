"""The table of students: what `distill` can learn, automata among them, and in which module each is learned."""

from __future__ import annotations

from nerode.extraction.methods import METHODS, Listing

STUDENTS = METHODS | {
    "regression": Listing("a logistic, softmax or linear regression on features of words", "nerode.distillation.regression"),
    "tree": Listing("a decision tree over features of words", "nerode.distillation.tree"),
    "boosted": Listing("boosted trees over features of words", "nerode.distillation.boosted"),
    "trepan": Listing("a tree of m-of-n tests, for each of which words are asked (TREPAN)", "nerode.distillation.trepan"),
    "soft-tree": Listing("a soft decision tree: filters over features of words", "nerode.distillation.soft_tree"),
    "rnn": Listing("a small simple recurrent network", "nerode.distillation.networks", "RNN"),
    "gru": Listing("a small GRU", "nerode.distillation.networks", "GRU"),
    "lstm": Listing("a small LSTM", "nerode.distillation.networks", "LSTM"),
    "transformer": Listing("a small causal transformer", "nerode.distillation.networks", "TRANSFORMER"),
    "conv": Listing("a small convolution over time", "nerode.distillation.networks", "CONV"),
    "ssm": Listing("a small state-space model", "nerode.distillation.networks", "SSM"),
    "gla": Listing("small gated linear attention", "nerode.distillation.networks", "GLA"),
    "mlp": Listing("a small feed-forward network, of words of one length", "nerode.distillation.networks", "MLP"),
}
