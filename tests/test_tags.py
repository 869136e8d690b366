"""Functions that answer after each letter: what they are taken for, and the Mealy machines that are learned of them."""

import numpy as np
import pytest
from doubles import random_words

import nerode
from nerode.automata.equivalence import disagreements
from nerode.automata.mealy import Mealy, as_dfa, from_mealy, to_mealy
from nerode.errors import TeacherError
from nerode.tags import longest_of_each, of_last_letter
from nerode.words import Alphabet, all_words

AB = Alphabet("ab")


def parity(word):
    return ["even" if word[:end].count("a") % 2 == 0 else "odd" for end in range(1, len(word) + 1)]


def counts(word):
    return [word[:end].count("a") % 3 for end in range(1, len(word) + 1)]


def shares(word):
    return np.array([[0.9, 0.1] if word[:end].count("a") % 2 else [0.2, 0.8] for end in range(1, len(word) + 1)])


def scores(word):
    return [[float(word[:end].count("a")), 1.0, 0.0] for end in range(1, len(word) + 1)]


TRUTH = {  # of a word of n letters, k of which are a: the scores
    "labels of two classes": (parity, "labels", lambda n, k: [k % 2 * 2 - 1]),
    "labels between spaces": (lambda word: " ".join(parity(word)), "labels", lambda n, k: [k % 2 * 2 - 1]),
    "numbers of three classes": (counts, "labels", lambda n, k: np.eye(3)[k % 3]),
    "probabilities": (shares, "probabilities", lambda n, k: np.log([0.9, 0.1] if k % 2 else [0.2, 0.8])),
    "scores": (scores, "scores", lambda n, k: [k, 1, 0]),
}


@pytest.mark.parametrize("name", TRUTH)
def test_the_answer_to_a_word_is_the_one_after_its_last_letter(name, rng):
    function, gives, truth = TRUTH[name]
    teacher = nerode.teacher(function, "ab")
    assert (teacher.tags, teacher.meaning.gives) == (True, gives)
    assert teacher.told.startswith("It answers after each letter. Answers are taken for ")
    words = [word for word in random_words(rng, 2, 200, 12) if word]
    assert np.allclose(teacher.scores(words), [truth(len(word), word.count(0)) for word in words])
    if gives == "labels":
        assert teacher.scores([()]).tolist() == [list(truth(0, 0))]  # class 0


def test_empty_words_are_not_asked_where_it_is_said():
    asked = []

    def function(word):
        asked.append(word)
        return [word[0]] * len(word)  # fails for the empty word

    teacher = nerode.teacher(function, "ab", tags=True)
    assert teacher.told.endswith("The empty word has no answer, and is given 'a'.")
    assert teacher.scores([(), (1, 0)]).tolist() == [[-1.0], [1.0]]
    assert "" not in asked


def test_prefixes_of_words_are_not_asked(rng):
    asked = []

    def ask(words):
        for word in words:
            asked.append(word)
            yield [[len(set(word[:end])) for end in range(1, len(word) + 1)]]

    words = [*all_words(3, 4), *random_words(rng, 3, 300, 9)]
    rng.shuffle(words)
    words = [tuple(word) for word in words]
    found = [answer for some in of_last_letter(ask, Alphabet("abc"), -1)(words) for answer in some]
    assert found == [len(set(word)) if word else -1 for word in words]
    truth = {word for word in words if not any(other[: len(word)] == word and other != word for other in words)}
    assert len(asked) == len(truth)
    assert set(asked) == truth


@pytest.mark.parametrize("words", [[], [()], [(), (), (0,)], [(0,), (0,), (0, 1)], [(1,), (0, 1), (0,), ()]])
def test_each_word_has_one_that_begins_with_it(words):
    whole, places = longest_of_each(words)
    assert len(set(whole)) == len(whole)
    for word, place in zip(words, places, strict=True):
        assert (whole[place][: len(word)] == word) if place >= 0 else not word
        assert not any(other != whole[place] and other[: len(whole[place])] == whole[place] for other in words if place >= 0)


@pytest.mark.parametrize("longest", [*range(1, 15), None])
@pytest.mark.parametrize("alphabet", ["a", "ab"])
def test_few_words_are_enough(alphabet, longest):
    """There may be no halves that were not asked."""
    teacher = nerode.teacher(
        lambda word: [end % 3 for end in range(len(word))], alphabet, longest=longest, tags=True, classes=[0, 1, 2]
    )
    assert teacher.tags
    assert teacher.scores([(0,) * (longest or 8)]).argmax() == ((longest or 8) - 1) % 3


def test_a_half_that_is_answered_badly_is_an_error():
    def function(word):
        return parity(word) if len(word) != 9 else ["x"]  # as long as halves of words, and no word of the look need be

    with pytest.raises(TeacherError, match="an answer for each of its 9 letters is expected"):
        nerode.teacher(function, "ab", tags=True)


def test_what_the_empty_word_gets_is_not_looked_at():
    teacher = nerode.teacher(lambda word: counts(word) or "nothing", "ab")
    assert (teacher.tags, teacher.meaning.classes) == (True, (0, 1, 2))


def test_large_whole_numbers_are_apart():
    with pytest.raises(nerode.InputError, match=r"after . the answer is 100. in .*, and 100. in .*"):
        nerode.teacher(lambda word: [1000 if word.endswith("a") else 1001] * len(word), "ab", tags=True)
    teacher = nerode.teacher(lambda word: [1000 + word[:end].count("a") % 2 for end in range(1, len(word) + 1)], "ab")
    assert teacher.tags


def test_numbers_of_taggers_mean_what_those_of_other_functions_do():
    teacher = nerode.teacher(lambda word: [float(word[:end].count("a") % 4) for end in range(1, len(word) + 1)], "ab")
    assert (teacher.tags, teacher.meaning.gives) == (True, "values")
    assert "values, one a letter" in teacher.told
    teacher = nerode.teacher(lambda word: np.array(counts(word), int), "ab")
    assert teacher.meaning.gives == "labels"


def two_way(word):
    return ["last" if end == len(word) else "other" for end in range(1, len(word) + 1)]


def of_lists(words):
    return [len(word) % 2 for word in words]


def ranks(words):
    return [sorted(words).index(word) for word in words]


LISTS = r"say tags=True \(--tags\) if it answers after each letter, batch=True if a function takes a list of words"
EACH = "is 'yes'; an answer for each of its .* is expected, as is said by tags=True"
REFUSED = {
    "letters that come later": (two_way, {}, "answers depend on letters that come later: after . the answer is 'other' in "),
    "a list of words": (of_lists, {}, LISTS),
    "one answer": (lambda word: "yes", {"tags": True}, EACH),
    "a batch that is compared": (ranks, {}, "always the same; or say batch=True, where a function takes a list of words"),
    "nothing for the empty word": (lambda word: word[0], {}, r"word ε .*, or say tags=True \(--tags\) if it answers"),
    "no letters": (parity, {"tags": True, "longest": 0}, "the empty word has no letters that could be answered"),
    "the next symbol": (shares, {"gives": "next"}, "what comes next is answered after each letter, and so not at the beginning"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_tagger_is_refused(name):
    function, options, said = REFUSED[name]
    with pytest.raises((nerode.InputError, TeacherError), match=said):
        nerode.teacher(function, "ab", **options)


def test_a_tagger_that_answers_badly_later_is_named():
    teacher = nerode.teacher(lambda word: parity(word) if len(word) < 25 else ["even"], "ab")
    with pytest.raises(TeacherError, match="is \\['even'\\]; an answer for each of its 30 letters is expected"):
        teacher.scores([(0,) * 30])


def test_the_mealy_machine_of_a_tagger_is_learned(rng):
    transitions, outputs = rng.integers(6, size=(6, 2)), rng.integers(3, size=(6, 2))
    truth = Mealy(AB, transitions, outputs, 0, 3)

    def tagger(word):
        state, said = 0, []
        for letter in AB.word(word):
            said.append(f"x{outputs[state, letter]}")
            state = transitions[state, letter]
        return said

    teacher = nerode.teacher(tagger, "ab", classes=["x0", "x1", "x2"])
    result = nerode.extract(teacher, effort=1)
    assert isinstance(result.automaton, Mealy)
    minimal = to_mealy(from_mealy(truth))
    assert result.automaton.states == minimal.states
    assert not disagreements(from_mealy(result.automaton), from_mealy(minimal), 1)


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (("even", "odd", "B-PER"), True),
        (("a b", "ä", "c.d"), True),
        (("PRP$", "''", "don't (x), y!"), True),
        (("even", "o/d", "other"), False),
        (("1", "0", "2"), False),
        (("a|b", "c", "d"), False),
        (("a&amp;", "c", "d"), False),
        (("a", "a", "b"), False),
        ((" a", "c", "d"), False),
        (("a\nb", "c", "d"), False),
        (("class 1", "हिन्दी", "−1"), True),
    ],
)
def test_names_of_classes_stand_in_dot_text(tmp_path, rng, names, kept):
    machine = Mealy(AB, rng.integers(4, size=(4, 2)), np.array([[0, 1], [2, 0], [1, 1], [2, 2]]), 0, 3, 1)
    for automaton in (machine, from_mealy(machine)):
        automaton.save(tmp_path / "a.dot", extraction={"classes": list(names)})
        again = nerode.load_automaton(tmp_path / "a.dot")
        assert type(again) is type(automaton)
        assert again.classes == 3
        assert not disagreements(as_dfa(automaton), as_dfa(again), 1)
        assert nerode.grammars.loading.load_metadata(tmp_path / "a.dot") == ({"classes": list(names)} if kept else None)
        assert not kept or all(name in (tmp_path / "a.dot").read_text() for name in names)


def test_names_of_other_programs_are_kept(tmp_path):
    (tmp_path / "a.dot").write_text(
        'digraph { __start0 [label="" shape="none"]; s0; s1; __start0 -> s0; s0 -> s1 [label="a/coffee"]; '
        's0 -> s0 [label="b/nothing"]; s1 -> s0 [label="a/tea"]; s1 -> s1 [label="b/nothing"]; }'
    )
    assert nerode.grammars.loading.load_metadata(tmp_path / "a.dot") == {"classes": ["coffee", "nothing", "tea"]}
    text = (
        (tmp_path / "a.dot")
        .read_text()
        .replace("digraph {", 'digraph { graph [nerode="mealy" classes="3" empty="0" names="x|y"];')
    )
    (tmp_path / "a.dot").write_text(text)
    with pytest.raises(nerode.InputError, match="its attribute 'names' names 2 classes, and there are 3"):
        nerode.load_automaton(tmp_path / "a.dot")
    (tmp_path / "a.dot").write_text(text.replace("x|y", "coffee|tea|water"))
    with pytest.raises(
        nerode.InputError, match="the output 'nothing' is none of the names of its classes, 'coffee', 'tea', 'water'"
    ):
        nerode.load_automaton(tmp_path / "a.dot")
