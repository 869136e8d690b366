"""Students of every kind learned from functions that they can tell exactly, and what `distill` refuses."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from shell import DEMO, run

import nerode
from nerode.datasets.languages import language, tomita
from nerode.distillation import boosted, regression, soft_tree, tree
from nerode.distillation.adversarial import hard_words, leads
from nerode.distillation.distill import distill
from nerode.distillation.lessons import _of_prefixes
from nerode.distillation.responses import answers_of, scaled, scaling
from nerode.distillation.settings import ResponseSettings
from nerode.distillation.students import STUDENTS
from nerode.errors import InputError
from nerode.extraction import loop
from nerode.extraction.methods import METHODS, method_named
from nerode.extraction.source import WordSource
from nerode.links import Binary, NextSymbol, Value
from nerode.shell import classes
from nerode.students.features import Features
from nerode.students.linear import Linear
from nerode.students.loading import load_student
from nerode.teachers.known import KnownWords

AB = nerode.Alphabet(("0", "1"))
OWN = sorted(name for name in set(STUDENTS) - set(METHODS) if not method_named(name, STUDENTS).directory)  # networks have theirs
BRIEF = {"effort": 1.0, "seconds": None}


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    """Fewer words and smaller forests, where what matters is not how good they are."""
    for module in (regression, tree, boosted):
        monkeypatch.setattr(module, "WORDS", (500, 1500))
    monkeypatch.setattr(soft_tree, "WORDS", (500, 1500))
    monkeypatch.setattr(boosted, "TREES", 40)
    monkeypatch.setattr(boosted, "EACH", 10)
    monkeypatch.setattr(loop, "WEIGHED", dict.fromkeys(loop.WEIGHED, 500))
    monkeypatch.setattr(loop, "FRESH", 200)


class Teacher:
    """A function of the numbers of a and of b, with scores."""

    def __init__(self, link, function):
        self.alphabet, self.link, self._function = nerode.Alphabet(("a", "b", "c")), link, function
        self.width = len(function(0, 0))

    def scores(self, words):
        words = self.alphabet.words(words)
        return np.array([self._function(word.count(0), word.count(1)) for word in words], float).reshape(-1, self.width)


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.sampled(3)
def test_a_linear_classifier_is_learned(kind):
    def more_as_than_bs(word):
        return word.count("a") > word.count("b")

    result = distill(more_as_than_bs, kind, alphabet="abc", queries=3000, **BRIEF)
    assert result.chosen.error < {"regression": 0.01, "tree": 0.12, "boosted": 0.05, "trepan": 0.12, "soft-tree": 0.02}[kind]
    assert result.rounds[0].error > 0.3
    assert result.verdict.errors / result.verdict.words < 0.15


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.sampled(3)
def test_values_and_next_symbols_are_learned(kind):
    value = distill(Teacher(Value(), lambda a, b: [a - b + 0.5]), kind, queries=3000, **BRIEF)
    assert value.chosen.error < {"soft-tree": 0.5, "trepan": 0.6}.get(kind, 0.35) * value.rounds[0].error
    model = Teacher(NextSymbol(3), lambda a, b: [a % 2, 0.0, -1.0, 0.2])
    result = distill(model, kind, queries=3000, **BRIEF)
    assert result.chosen.error <= result.rounds[0].error
    assert result.automaton.link == NextSymbol(3)


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.parametrize(("scale", "shift"), [(2.0**20, 0.0), (2.0**-20, 0.0), (1.0, 1000.0)])
@pytest.mark.sampled(5)
def test_the_unit_of_values_and_where_they_begin_change_nothing(kind, scale, shift):
    def learned(scale, shift):
        teacher = Teacher(Value(), lambda a, b: [scale * (a - b + 0.5) + shift])
        return distill(teacher, kind, queries=1200, seed=1, **BRIEF | {"effort": 0.2})

    plain, other = learned(1.0, 0.0), learned(scale, shift)
    constant = plain.rounds[0].error
    assert other.rounds[0].error == pytest.approx(scale * constant)
    assert other.chosen.error / scale == pytest.approx(plain.chosen.error, abs=0.05 * constant)
    assert other.automaton.size == pytest.approx(plain.automaton.size, rel=0.1)


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.sampled(3)
def test_of_several_values_those_count_that_matter(kind):
    """The second value is small beside the first, so that it does not matter what it is."""
    one, two = (
        distill(Teacher(Value(), lambda a, b, some=some: [1000.0 * a, 0.001 * b][:some]), kind, queries=1200, seed=1, **BRIEF)
        for some in (1, 2)
    )
    assert two.chosen.error / two.rounds[0].error == pytest.approx(one.chosen.error / one.rounds[0].error, abs=0.03)


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.sampled(3)
@pytest.mark.parametrize("value", [0.1, 1000.1])
def test_a_constant_is_all_there_is_of_a_constant(kind, value):
    result = distill(Teacher(Value(), lambda a, b: [value]), kind, queries=600, seed=1, **BRIEF | {"effort": 0.1})
    assert result.automaton.size <= 1
    assert result.automaton.scores(["ab", ""]) == pytest.approx(np.full((2, 1), value))


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_values_may_be_as_large_or_small_as_numbers_are(scale):
    answers = answers_of(Value(), np.array([[1.0, 2.0], [3.0, 2.0]]) * scale)
    unit, shift = scaling(Value(), answers)
    assert scaled(answers, unit, shift).scores == pytest.approx(np.array([[-1.0, 0.0], [1.0, 0.0]]))


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.sampled(3)
def test_the_same_seed_gives_the_same_student(kind):
    teacher = nerode.load_teacher(DEMO)
    results = [distill(teacher, kind, queries=600, seed=seed, **BRIEF | {"effort": 0.1}) for seed in (1, 1, 2)]
    made = [(result.automaton.to_json(), [done.error for done in result.rounds]) for result in results]
    assert len(made[0][1]) > 1
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.sampled(3)
def test_no_student_is_larger_than_is_allowed(kind):
    result = distill(nerode.load_teacher(DEMO), kind, size=20, queries=1500, **BRIEF | {"effort": 0.5})
    assert 1 < result.automaton.size <= 20


def test_true_labels_count_where_they_are_known():
    """The teacher is wrong about all words that begin with a; labels say so."""
    words = list(map(tuple, np.random.default_rng(0).integers(0, 2, (2000, 6)).tolist()))
    labels = {word: int(word[-1] == 1) for word in words}

    def teacher(word):
        return word[0] == "a" if word else False

    told = distill(teacher, "tree", alphabet="ab", words=words, labels=labels, alpha=1.0, queries=5000, **BRIEF)
    assert (told.automaton.predict(words) == [labels[word] for word in words]).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"alpha": 2.0}, "alpha is the weight of labels, a number from 0 to 1"),
        ({"alpha": "much"}, "alpha is the weight of labels, a number from 0 to 1"),
        ({"temperature": "hot"}, "the temperature must be a number from 1 to 1,000,000"),
        ({"labels": [1]}, "labels are given by word, in a dict"),
        ({"temperature": 0.5}, "the temperature must be a number from 1 to 1,000,000"),
        ({"temperature": 1e200}, "the temperature must be a number from 1 to 1,000,000, not 1e"),
        ({"labels": {(0,): 2}}, "must lie in 0 … 1"),
        ({"order": 0}, "the order of n-grams must be"),
        ({"places": -1}, "the number of places must be"),
        ({"depth": 3}, "has no setting 'depth'"),
    ],
)
def test_settings_that_do_not_fit(settings, message):
    with pytest.raises(InputError, match=message):
        distill(nerode.load_teacher(DEMO), "regression", **settings)


def test_labels_are_given_for_words_in_any_form():
    """They count for the same words as their indices."""
    words = ["ab"[i % 2] * (i // 2 + 1) for i in range(40)]
    texts = {word: len(word) % 2 for word in words}
    indices = {tuple("ab".index(letter) for letter in word): label for word, label in texts.items()}
    more = {"alphabet": "ab", "words": words, "alpha": 1.0, **BRIEF}
    found = [distill(lambda word: False, "tree", labels=labels, **more).automaton for labels in (texts, indices)]
    assert found[0].to_json() == found[1].to_json()
    assert found[0].size > 1


@pytest.mark.parametrize("kind", ["tree", "trepan"])
def test_a_word_that_was_labelled_twice_has_the_usual_label(kind):
    """Nobody asks about words that are not there, edits of trepan too."""
    words = [tuple(map(int, f"{i:08b}")) for i in range(256)]
    labels = np.array([word[0] for word in words])
    known = KnownWords(AB, [*words, *words, *words], np.concatenate([labels, labels, 1 - labels]), ("no", "yes"), None, "file")
    assert (known.link.labels(known.scores(words)) == labels).all()
    assert "most frequent" in known.told
    result = distill(known, kind, words=known.words, **BRIEF)
    assert (result.automaton.predict(words) == labels).all()
    assert result.stop_reason != "refused"
    with pytest.raises(InputError, match=r"leave (adversarial words|them) out"):
        distill(known, kind, words=known.words, adversarial=True)


def test_labels_alone_teach_nothing_where_no_word_has_one():
    """The teacher's answers do not step in for them unasked."""
    words = list(map(tuple, np.random.default_rng(0).integers(0, 2, (200, 6)).tolist()))
    with pytest.raises(InputError, match="none of the words to judge with has a label"):
        distill(lambda word: len(word) % 2 == 0, "tree", alphabet="ab", words=words, labels={(0,) * 30: 1}, alpha=1.0, **BRIEF)


def test_adversarial_words_are_those_that_a_student_is_least_sure_of(rng):
    source = WordSource(rng, tomita(4), [])
    student = Linear(Features(AB, ((0,),)), [[1.0]], [-3.2], Binary())  # sure where there are more or fewer than three
    hard = hard_words(source, student, 200)
    drawn = source.invent(200)
    assert len(hard) == 200
    spread = [np.abs(student.scores(words)).mean() for words in (hard, drawn)]
    assert spread[0] < 0.5 * spread[1]
    assert leads(np.array([[1.0, 5.0, 3.0], [2.0, 2.0, 0.0]])).tolist() == [2.0, 0.0]
    result = distill(nerode.load_teacher(DEMO), "tree", adversarial=True, queries=8000, **BRIEF)
    assert result.chosen.error < result.rounds[0].error
    with pytest.raises(InputError, match="adversarial words are for classifiers"):
        distill(Teacher(Value(), lambda a, b: [a]), "tree", adversarial=True)


@pytest.mark.parametrize("kind", ["tree", "gru", "spectral"])
def test_scores_that_are_not_finite_are_refused_in_words_for_all_kinds(kind):
    with pytest.raises(InputError, match="has a score that is not finite, and only finite scores can be learned"):
        distill(Teacher(Value(), lambda a, b: [np.inf if a > b else 0.0]), kind, queries=1000, **BRIEF)


def test_unknown_students_are_refused():
    with pytest.raises(InputError, match="unknown method 'oak'; choose one of lstar"):
        distill(nerode.load_teacher(DEMO), "oak")


def test_the_shell_learns_judges_and_shows_one(capsys, tmp_path, frugal):
    out = tmp_path / "tree.json"
    made = run(capsys, "distill", DEMO, "--student", "tree", "--queries", "1000", "--effort", "1", "--out", out, "--json")
    assert made.code == 3  # the limit on queries
    assert (made.answer["type"], made.answer["unit"]) == ("tree", "leaf")
    assert made.answer["size"] == load_student(out).size
    assert json.loads(out.read_text(encoding="utf-8"))["extraction"]["method"] == "tree"
    judged = run(capsys, "eval", out, DEMO, "--json").answer
    assert judged["metrics"]["error_rate"]["value"] < 0.2
    assert "yes: " in run(capsys, "inspect", out).out
    assert run(capsys, "inspect", out, "--json").answer["format"] == "student file"
    assert run(capsys, "explain", out, DEMO, "01").code == 0
    again = tmp_path / "wfa.json"
    rough = ("--states", "2", "--refinement", "none")
    assert run(capsys, "extract", out, "--queries", "2000", *rough, "--out", again).code in (0, 3)
    for command in (["render", out, "--out", tmp_path / "a.svg"], ["convert", out, "--out", tmp_path / "a.dot"]):
        refused = run(capsys, *command)
        assert (refused.code, "is a student, and an automaton is expected here" in refused.err) == (2, True)
    assert run(capsys, "distill", DEMO, "--student", "tree", "--out", tmp_path / "a.dot").code == 2
    assert run(capsys, "distill", DEMO, "--student", "lstar", "--alpha", "0.5").code == 2


@pytest.mark.parametrize(
    ("names", "said"),
    [(None, "these have no names, so write 0 and 1"), (("bad", "good"), "write their names (bad, good) or 0 and 1")],
)
def test_labels_that_are_no_classes_are_told_what_they_are_to_be(capsys, tmp_path, monkeypatch, names, said):
    file = tmp_path / "own.tsv"
    file.write_text("yes\t0101\nno\t11\n", encoding="utf-8")
    monkeypatch.setattr(classes, "names_of_classes", lambda checkpoint: names)
    asked = run(capsys, "distill", DEMO, "--student", "tree", "--words", file, "--alpha", "0.5", "--out", tmp_path / "a.json")
    assert (asked.code, f"the labels of {file} are no classes of the network; {said}" in asked.err) == (2, True)


def test_a_student_replaces_no_teacher(capsys, tmp_path):
    """A file that is asked stays, also under another name."""
    teach, link, other = (tmp_path / name for name in ("teach.json", "link.json", "other.json"))
    tomita(4).save(teach)
    tomita(5).save(other)
    link.symlink_to(teach)
    before = teach.read_text(encoding="utf-8"), other.read_text(encoding="utf-8")
    brief = ("--student", "regression", "--queries", "1000", "--effort", "0.1", "--out")
    for asked, out in ((teach, teach), (teach, link), (link, teach), (teach, other)):
        refused = run(capsys, "distill", asked, *([] if out != other else ["--with", other]), *brief, out)
        assert (refused.code, f"{out} is the network that is asked; choose another file" in refused.err) == (2, True)
    assert before == (teach.read_text(encoding="utf-8"), other.read_text(encoding="utf-8"))


def test_the_label_of_a_prefix_is_the_symbol_that_follows(rng):
    """Ends too, where the word was not cut; nothing is known of what follows in words made of given ones."""
    teacher = language("random-pdfa-4-letters-2", rng)
    for given, alpha, words, labels in (
        ([(0, 1, 1), ()], 0.5, [(0, 1, 1), (), (1,)], [0, 1, 1, 2, 2, -1, -1]),
        ([(0, 1, 1), ()], 1.0, [(0, 1, 1), ()], [0, 1, 1, 2, 2]),
        ([], 1.0, [(0, 1, 1), (), (1,)], [0, 1, 1, -1, 2, 1, 2]),
    ):
        source = WordSource(rng, teacher, given, longest=3, queries=10)
        task = SimpleNamespace(teacher=teacher, source=source, settings=ResponseSettings(alpha))
        told = _of_prefixes(task, [(0, 1, 1), (), (1,)])
        assert told.words == words
        assert told.answers.labels.tolist() == labels
        assert told.answers.known == np.mean(told.answers.labels >= 0)
