"""The metrics: how far two functions from words to scores agree. A new one is one line in `METRICS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isinf
from typing import Any

import numpy as np

from nerode.eval.columns import Columns
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES
from nerode.words import FloatArray


@dataclass(frozen=True)
class Measure:
    """A metric: the sum of one column over the sum of another, both over words.

    Parameters
    ----------
    label : the name in plain words
    tasks : the tasks that it applies to
    above, below : the two columns; without `below` the metric is the largest entry of `above`
    finish : applied to the ratio
    counted : both sums count independent events, so that an exact interval exists
    percent : people read it in percent
    most : the largest value that there can be; None if there is none
    share : the mean over parts of words of numbers from 0 to 1, so that words without an error leave a bound
    untold : tasks whose tables leave it out, since another metric says the same
    """

    label: str
    tasks: tuple[str, ...]
    above: str
    below: str | None = "words"
    finish: Callable[[FloatArray], FloatArray] = np.positive
    counted: bool = False
    percent: bool = False
    most: float | None = None
    share: bool = False
    untold: tuple[str, ...] = ()

    def ratio(self, above: Any, below: Any) -> FloatArray:
        """The metric from sums of its two columns, single ones or arrays of them; nan where it is undefined."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return self.finish(np.true_divide(above, below))

    def value(self, columns: Columns) -> float:
        """The metric on all words; nan where it is undefined, ∞ where the student gave no usable answer."""
        above = columns[self.above]
        return float(above.max() if self.below is None else self.ratio(above.sum(), columns[self.below].sum()))

    def text(self, value: float | None) -> str:
        """A value of the metric for people."""
        if value is None:
            return "undefined"
        if isinf(value):
            return "∞"
        return f"{100 * value:.4g} %" if self.percent else f"{value:.4g}"


METRICS: dict[str, Measure] = {
    # share of the words with another label than the teacher's, and of those with the same
    "error_rate": Measure("error rate", (CLASSIFIER,), "wrong", counted=True, percent=True),
    "agreement": Measure("agreement", (CLASSIFIER,), "right", counted=True, percent=True, untold=(CLASSIFIER,)),
    # two classes only; positive is the teacher's label 1
    "precision": Measure("precision", (CLASSIFIER,), "true_positive", "predicted_positive", counted=True, percent=True),
    "recall": Measure("recall", (CLASSIFIER,), "true_positive", "positive", counted=True, percent=True),
    "f1": Measure("F1", (CLASSIFIER,), "true_positive", "mean_positive", most=1.0),
    # nats; per word |log p_student − log p_teacher| / symbols, the end among them where words end; infinite where only one
    # probability is 0
    "log_prob_error_per_symbol": Measure("log-probability error per symbol", (LANGUAGE_MODEL,), "log_error"),
    # of the student, per symbol, the end included where words end; and how many times the teacher's it is, but for words that
    # the teacher takes to be impossible
    "perplexity": Measure("perplexity", (LANGUAGE_MODEL,), "surprise", "symbols", finish=np.exp),
    "perplexity_ratio": Measure("perplexity / the teacher's", (LANGUAGE_MODEL,), "more_surprise", "symbols", finish=np.exp),
    # nats; KL(teacher ‖ student) over the letters and the end, both renormalised over these
    "next_symbol_kl": Measure("next-symbol KL divergence", (LANGUAGE_MODEL,), "kl", "prefixes"),
    # share of the prefixes after which the most likely symbol is another; of all, and of those without near-ties
    "word_error_rate": Measure("next-symbol error rate", (LANGUAGE_MODEL,), "wrong_symbol", "prefixes", percent=True, share=True),
    "clear_error_rate": Measure("… without near-ties", (LANGUAGE_MODEL,), "wrong_clear", "clear", percent=True, share=True),
    # share of the prefixes after which the log-probabilities of the teacher's two likeliest symbols differ by no more than
    # twice the student's median |Δ log p| of the symbols that follow
    "near_ties": Measure("share of near-ties", (LANGUAGE_MODEL,), "near_tie", "prefixes", percent=True, share=True),
    # the score of the SPiCe competition (Balle et al., ICGI 2016), averaged over prefixes
    "ndcg_at_5": Measure("NDCG of the 5 best symbols", (LANGUAGE_MODEL,), "ndcg", "prefixes", share=True),
    # |s − t| / max(|s|, |t|): equal weight to small values, 1 for answering 0, defined where the teacher's value is 0
    "relative_error": Measure("relative error", (SCORES,), "relative_error"),
    "max_abs_error": Measure("largest absolute error", (SCORES,), "largest_error", None),
    # of the values of words; for language models the probability of the letters and of the end after them
    "mse": Measure("mean squared error", (LANGUAGE_MODEL, SCORES), "squared_error", untold=(LANGUAGE_MODEL,)),
    "mse_e6": Measure(
        "mean squared error × 10⁶", (LANGUAGE_MODEL, SCORES), "squared_error", finish=lambda ratio: 1e6 * ratio, untold=(SCORES,)
    ),
}
