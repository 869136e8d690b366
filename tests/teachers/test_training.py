from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from interrupting import interrupted_at
from tolerances import rounding

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.errors import InputError
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.sampling import sample_words, uniform_words
from nerode.stepping import prefix_scores
from nerode.teachers.architectures import TrainingSettings, untrained
from nerode.teachers.examples import Examples, padded
from nerode.teachers.lessons import lessons
from nerode.teachers.training import answers_at, train
from nerode.words import Alphabet, all_words

AB = Alphabet(("a", "b"))
NO_AAA = DFA(AB, [[1, 0], [2, 0], [3, 0], [3, 3]], [1, 1, 1, 0])  # Tomita's fourth language
EVEN_A = DFA(AB, [[1, 0], [0, 1]], [1, 0])
COUNT_A = DFA(AB, [[1, 0], [2, 1], [0, 2]], [0, 1, 2], classes=3)
SMALL = TrainingSettings(hidden=12, max_steps=10)


def draw(rng, count, longest):
    return uniform_words(rng, 2, rng.integers(longest + 1, size=count))


def learn(language, settings, seed=0, count=800, **progress):
    rng = np.random.default_rng(seed)
    training, held_out = lessons(language, draw, count, 10, 20, rng)
    return train(AB, language.link, training, held_out, settings, rng, **progress)


def wrong(model, language, words):
    return np.count_nonzero(model.link.labels(model.teacher.scores(words)) != language.predict(words))


@pytest.mark.parametrize("architecture", ["rnn", "gru", "lstm"])
@pytest.mark.sampled(2)
def test_a_regular_language_is_learned_without_an_error(architecture, rng):
    model, report = learn(NO_AAA, TrainingSettings(architecture, hidden=16, solid=0.01))
    assert (report.stopped, report.accuracy) == ("solid", 1.0)
    assert report.loss < 0.01
    assert wrong(model, NO_AAA, list(all_words(2, 10))) == 0
    assert wrong(model, NO_AAA, draw(rng, 500, 20)) == 0


def test_a_language_of_three_classes_is_learned():
    model, report = learn(COUNT_A, TrainingSettings("lstm", hidden=12, solid=0.01))
    assert (model.width, model.link, report.stopped) == (3, Multiclass(), "solid")
    assert wrong(model, COUNT_A, list(all_words(2, 10))) == 0


def test_a_transformer_learns_which_letter_comes_first():
    first = DFA(AB, [[1, 2], [1, 1], [2, 2]], [0, 1, 0])
    model, report = learn(first, TrainingSettings("transformer", hidden=8, solid=0.05, max_steps=3000))
    assert report.stopped == "solid"
    assert wrong(model, first, list(all_words(2, 10))) == 0


LAST = DFA(AB, [[1, 2], [1, 2], [1, 2]], [0, 1, 2], classes=3)
DIFFERENT = DFA(AB, [[1, 2], [1, 3], [3, 2], [3, 3]], [0, 1, 1, 2], classes=3)


@pytest.mark.parametrize(("architecture", "language"), [("conv", LAST), ("ssm", LAST), ("gla", LAST), ("encoder", DIFFERENT)])
@pytest.mark.sampled(2)
def test_three_classes_are_learned_by_other_networks(architecture, language):
    """Which letter is the last, or how many different ones there are."""
    model, report = learn(
        language, TrainingSettings(architecture, hidden=8, layers=1, solid=0.05, max_steps=1500, learning_rate=1e-2), count=100
    )
    assert (model.width, model.link, report.stopped) == (3, Multiclass(), "solid")
    assert wrong(model, language, list(all_words(2, 9))) == 0


@pytest.mark.parametrize("architecture", ["conv", "ssm", "gla"])
@pytest.mark.sampled(2)
def test_language_models_of_other_networks(architecture, rng):
    source = PDFA(AB, [[0, 1], [1, 0]], [[0.6, 0.3, 0.1], [0.1, 0.5, 0.4]])
    training, held_out = lessons(source, lambda rng, n, longest: sample_words(rng, source, n, longest), 600, 20, 20, rng)
    settings = TrainingSettings(architecture, hidden=8, layers=1, learning_rate=2e-2, batch=100, max_steps=60)
    model, report = train(AB, NextSymbol(2), training, held_out, settings, rng)
    learned = model.link.log_probabilities(prefix_scores(model.teacher, held_out.words)[0])
    follows = np.concatenate([[*word, 2] for word in held_out.words])
    assert report.loss == pytest.approx(-learned[np.arange(len(follows)), follows].mean(), rel=1e-4)
    shares = np.bincount(follows) / len(follows)
    assert report.loss < -(shares * np.log(shares)).sum() - 0.01  # better than what symbols alone say


def test_a_language_model_comes_close_to_its_source(rng):
    source = PDFA(AB, [[0, 1], [1, 0]], [[0.6, 0.3, 0.1], [0.1, 0.5, 0.4]])
    training, held_out = lessons(source, lambda rng, n, longest: sample_words(rng, source, n, longest), 3000, 50, 50, rng)
    settings = TrainingSettings("gru", hidden=8, learning_rate=1e-2, batch=128)
    model, report = train(AB, NextSymbol(2), training, held_out, settings, rng)
    assert report.stopped == "no improvement"
    truth = source.link.log_probabilities(prefix_scores(source, held_out.words)[0])
    learned = model.link.log_probabilities(prefix_scores(model.teacher, held_out.words)[0])
    divergence = (np.exp(truth) * (truth - learned)).sum(axis=1)
    assert 0 < divergence.mean() < 0.005
    # neither the letters nor the end are preferred: the mean distribution is right
    np.testing.assert_allclose(np.exp(learned).mean(axis=0), np.exp(truth).mean(axis=0), atol=0.02)
    # the reported loss is the mean negative log-probability of a symbol, the end included
    follows = np.concatenate([[*word, 2] for word in held_out.words])
    assert report.loss == pytest.approx(-learned[np.arange(len(follows)), follows].mean(), rel=1e-4)
    assert report.accuracy == pytest.approx((learned.argmax(axis=1) == follows).mean(), abs=1e-3)


@pytest.mark.parametrize("architecture", ["rnn", "gru", "lstm", "transformer", "conv", "ssm", "gla", "encoder"])
@pytest.mark.sampled(4)
def test_the_same_seed_gives_the_same_weights_whatever_happened_before(architecture):
    settings = replace(SMALL, architecture=architecture)
    one, _ = learn(NO_AAA, settings, seed=5)
    torch.rand(3)
    same, _ = learn(NO_AAA, settings, seed=5)
    other, _ = learn(NO_AAA, settings, seed=6)
    pairs = list(zip(one.network.parameters(), same.network.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not all(torch.equal(a, b) for a, b in zip(one.network.parameters(), other.network.parameters(), strict=True))


def test_torch_is_left_as_it_was():
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    learn(NO_AAA, SMALL)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)


def test_steps_are_limited_and_progress_is_told():
    told = []
    _, report = learn(EVEN_A, replace(SMALL, batch=500, max_steps=31), progress=lambda *news: told.append(news))
    assert (report.steps, report.stopped) == (31, "max_steps")
    assert [done for done, _, _ in told] == [*range(3, 31, 3), 31]  # 1300 words are three batches
    assert {total for _, total, _ in told} == {31}


def test_the_best_weights_are_kept():
    told = []
    settings = replace(SMALL, learning_rate=0.5, max_steps=250)  # so fast that the loss goes up and down
    model, report = learn(EVEN_A, settings, progress=lambda done, total, message: told.append(message))
    losses = [float(message.split()[1].rstrip(",")) for message in told]
    assert losses[-1] > min(losses) + 0.001
    assert report.loss == pytest.approx(min(losses), abs=1e-4)
    rng = np.random.default_rng(0)
    _, held_out = lessons(EVEN_A, draw, 800, 10, 20, rng)
    margins = model.teacher.scores(held_out.words)[:, 0] * (2 * held_out.labels - 1)
    assert np.logaddexp(0, -margins).mean() == pytest.approx(report.loss, rel=1e-4)


def noise(rng, count, share):
    """Words whose labels do not depend on them."""
    return Examples(draw(rng, count, 6), (rng.random(count) < share).astype(np.int64))


def test_a_plateau_stops_a_classifier_and_the_best_weights_are_kept(rng):
    told = []
    settings = TrainingSettings(hidden=24, plateau=60)
    training, held_out = noise(rng, 100, 0.5), noise(rng, 100, 0.5)
    _, report = train(AB, Binary(), training, held_out, settings, rng, lambda done, _, message: told.append((done, message)))
    losses = [float(message.split()[1].rstrip(",")) for _, message in told]
    assert report.stopped == "no improvement"
    assert report.loss == pytest.approx(min(losses), abs=1e-4)
    best = told[losses.index(min(losses))][0]
    assert report.steps >= best + 60


def test_a_plateau_delays_the_stop_of_a_language_model(rng):
    words = draw(rng, 64, 5)
    steps = []
    for plateau in (None, 100):
        settings = replace(SMALL, max_steps=1000, plateau=plateau)
        _, report = train(AB, NextSymbol(2), Examples(words[:32]), Examples(words[32:]), settings, np.random.default_rng(0))
        assert report.stopped == "no improvement"
        steps.append(report.steps)
    assert steps[1] >= steps[0] + 90


def test_class_weights_make_a_rare_class_count_as_much(rng):
    means = []
    for weights in (None, (0.5 / 0.9, 0.5 / 0.1)):
        settings = TrainingSettings(hidden=4, plateau=100, class_weights=weights)
        model, _ = train(AB, Binary(), noise(rng, 1000, 0.1), noise(rng, 500, 0.1), settings, np.random.default_rng(0))
        means.append(float(model.teacher.scores(draw(rng, 200, 6)).mean()))
    assert means[0] == pytest.approx(np.log(0.1 / 0.9), abs=0.5)
    assert means[1] == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize(("link", "weights"), [(Binary(), (1.0,)), (NextSymbol(2), (1.0, 1.0)), (Multiclass(), (1.0, 1.0, 1.0))])
def test_class_weights_that_fit_no_class_are_refused(link, weights):
    examples = Examples([(0,), (1,)], np.array([0, 1]))
    with pytest.raises(InputError, match="one a class"):
        train(AB, link, examples, examples, replace(SMALL, class_weights=weights), np.random.default_rng(0))


def test_a_limit_on_time_stops_within_an_epoch():
    _, report = learn(EVEN_A, replace(SMALL, max_steps=1000, seconds=1e-9))
    assert (report.steps, report.stopped) == (1, "seconds")
    assert 0 < report.loss < 2


def test_an_interrupted_training_hands_back_the_best_weights(monkeypatch):
    interrupted_at(4, monkeypatch)  # in the first epoch
    model, report = learn(EVEN_A, SMALL)
    assert (report.steps, report.stopped) == (3, "interrupted")
    short, _ = learn(EVEN_A, replace(SMALL, max_steps=3))
    pairs = zip(model.network.parameters(), short.network.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_a_training_that_is_interrupted_before_a_step_has_nothing(monkeypatch):
    interrupted_at(1, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        learn(EVEN_A, SMALL)


def test_lessons_hold_all_short_words_with_their_right_labels(rng):
    training, held_out = lessons(NO_AAA, draw, 40, 12, 24, rng)
    short = list(islice(all_words(2, 12), 2000))
    assert training.words[:500] == short[:500]
    assert held_out.words[:2000] == short
    assert (len(training.words), len(held_out.words)) == (540, 2010)
    assert max(map(len, held_out.words)) > 12
    for examples in (training, held_out):
        assert [int("aaa" not in "".join("ab"[i] for i in word)) for word in examples.words] == examples.labels.tolist()


def test_an_encoder_is_no_language_model():
    settings = replace(SMALL, architecture="encoder")
    with pytest.raises(InputError, match="an encoder sees the symbols that a language model must predict"):
        train(AB, NextSymbol(2), Examples([(0,)]), Examples([(1,)]), settings, np.random.default_rng())


def test_a_bidirectional_classifier_is_trained_and_a_language_model_refused():
    model, _ = learn(EVEN_A, replace(SMALL, bidirectional=True))
    assert model.architecture == "bidirectional GRU, 1 layer of 12, one-hot input"
    with pytest.raises(InputError, match="one direction"):
        train(AB, NextSymbol(2), Examples([(0,)]), Examples([(1,)]), replace(SMALL, bidirectional=True), np.random.default_rng())


@pytest.mark.parametrize(
    ("link", "training", "held_out", "message"),
    [
        (Binary(), Examples([]), Examples([(0,)], np.array([1])), "no words"),
        (Binary(), Examples([(0,)], np.array([1])), Examples([], np.array([])), "no words"),
        (Binary(), Examples([(0,)]), Examples([(0,)]), "one label a word"),
        (Binary(), Examples([(0,)], np.array([1, 0])), Examples([(0,)], np.array([1])), "1 words and 2 labels"),
        (Binary(), Examples([(0,)], np.array([2])), Examples([(0,)], np.array([1])), "0 … 1"),
        (Multiclass(), Examples([(0,)], np.array([2])), Examples([(0,)], np.array([3])), "0 … 2"),
        (Multiclass(), Examples([(0,)]), Examples([(0,)]), "one label a word"),
        (Binary(), Examples([(2,)], np.array([1])), Examples([(0,)], np.array([1])), "unknown symbol"),
        (NextSymbol(3), Examples([(0,)]), Examples([(0,)]), r"NextSymbol\(2\)"),
        (NextSymbol(2, "sigmoid"), Examples([(0,)]), Examples([(0,)]), r"NextSymbol\(2\)"),
        (Value(), Examples([(0,)]), Examples([(0,)]), "values cannot be trained on"),
    ],
)
def test_examples_that_cannot_be_trained_on_are_refused(link, training, held_out, message):
    with pytest.raises(InputError, match=message):
        train(AB, link, training, held_out, SMALL, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"architecture": "mamba"}, "known are rnn, gru, lstm, transformer"),
        ({"architecture": "ssm", "bidirectional": True}, "only recurrent"),
        ({"architecture": "transformer", "bidirectional": True}, "only recurrent"),
        ({"batch": 0}, "at least 1"),
        ({"max_steps": 0}, "at least 1"),
        ({"patience": 0}, "at least 1"),
        ({"seconds": 0.0}, "seconds of a training"),
        ({"weight_decay": -1.0}, "weight decay must be"),
        ({"class_weights": (1.0, 0.0)}, "class weights must be positive"),
        ({"learning_rate": 0.0}, "positive"),
        ({"learning_rate": float("nan")}, "positive"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        TrainingSettings(**settings)


@pytest.mark.parametrize("architecture", ["rnn", "gru", "lstm", "transformer", "conv", "ssm", "gla"])
def test_padding_changes_no_answer(architecture):
    words = [(), (0,), (0, 1, 1), (1,) * 9, (1, 1, 0, 0, 1)]
    settings = replace(SMALL, architecture=architecture)
    network = untrained(settings, 3, 1, np.random.default_rng(0))
    lesson = padded(AB, Binary(), 1, Examples(words, NO_AAA.predict(words)))
    scores, targets = answers_at(network, lesson, torch.arange(5))  # all lengths in one padded batch
    alone = torch.cat([network(torch.tensor([[2, *word]])) for word in words])
    within = rounding(network, [[2, *word] for word in words])
    torch.testing.assert_close(scores, alone, rtol=0, atol=within)
    assert targets.tolist() == NO_AAA.predict(words).tolist()
