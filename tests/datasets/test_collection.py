"""Data sets: tiny files in the formats of the real ones, and the real ones where their folder is beside the repository."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

import nerode
from nerode.datasets import material
from nerode.datasets.cards import CARD, FILES
from nerode.datasets.collection import dataset, known_language
from nerode.datasets.material import plain_letters, plain_words
from nerode.datasets.sample_files import read_sample
from nerode.datasets.symbolisers import from_json
from nerode.errors import InputError

DATA = (Path(__file__).resolve().parents[2] / ".." / "shared" / "data").resolve()
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the folder of data sets beside the repository is absent")


def packed(file, header, rows):
    with gzip.open(file, "wt", encoding="utf-8") as opened:
        opened.write("\n".join(",".join(map(str, row)) for row in (header, *rows)) + "\n")


@pytest.fixture
def folder(tmp_path, rng):
    """Files as a user has them, each of a few sequences."""
    letters = [("x" if i % 2 else "y", "".join(rng.choice(list("acgt"), 12))) for i in range(40)]
    for name in ("promoters", "splice", "names"):
        lines = ["label\tword", *(f"{label}\t{word}" for label, word in letters)]
        (tmp_path / f"{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    notes = [(part, " ".join(map(str, 60 + rng.integers(5, size=9)))) for part in ["train"] * 8 + ["valid"] * 3 + ["test"] * 4]
    text = "\n".join(["label\tword", *(f"{part}\t{word}" for part, word in notes)])
    (tmp_path / "chorales-soprano.tsv").write_text(text, encoding="utf-8")
    events = [f"E{number}" for number in rng.integers(1, 9, size=400)]
    packed(tmp_path / "log-linux.csv.gz", ("LineId", "EventId"), enumerate(events))
    nodes = [f"at 10.0.0.{node} and 10.0.1.{node}" for node in rng.integers(1, 12, size=400)]
    packed(tmp_path / "log-hdfs.csv.gz", ("LineId", "EventId", "Content"), zip(range(400), events, nodes, strict=True))
    rows = []
    for label in (1, 2):
        for number in range(12):
            for _ in range(1 + (number == 3)):  # two sequences of one number, as where two files were joined
                rows += [(number, label, value) for value in np.round(rng.normal(size=24) + label * np.arange(24), 4)]
    packed(tmp_path / "power.csv.gz", ("tid", "label", "dim0"), rows)
    return tmp_path


@pytest.mark.parametrize(
    "name", ["names", "promoters", "chorales", "linux", "hdfs", "power", "tomita-3", "random-pdfa-3-letters-2"]
)
@pytest.mark.sampled(4)
def test_files_of_words_and_the_card(folder, tmp_path, name):
    made = dataset(name, folder, seed=3)
    out = tmp_path / "out"
    out.mkdir()
    made.save(out)
    card = json.loads((out / CARD).read_text(encoding="utf-8"))
    assert card["words"] == [len(part.words) for part in made.parts]
    assert card["alphabet"] == list(made.alphabet)
    assert card["task"] == ("language-model" if made.training.labels is None else "classifier")
    for file, part in zip(FILES, made.parts, strict=True):
        read = read_sample(out / file, made.alphabet)
        assert read.words == part.words
        assert (read.labels is None) == (part.labels is None)
        assert read.labels is None or [read.classes[i] for i in read.labels] == [part.classes[i] for i in part.labels]
    again = dataset(name, folder, seed=3)
    assert [part.words for part in again.parts] == [part.words for part in made.parts]
    assert [part.words for part in dataset(name, folder, seed=4).parts] != [
        part.words for part in made.parts
    ] or name == "chorales"


def test_labelled_sequences_are_in_one_part(folder):
    made = dataset("names", folder)
    for one in range(3):
        for other in range(one):
            assert not set(made.parts[one].words) & set(made.parts[other].words)
    assert sum(len(part.words) for part in made.parts) == 40


def test_words_of_a_language_are_in_one_part_unless_there_are_hardly_any():
    made = dataset("tomita-5")
    for one in range(3):
        for other in range(one):
            assert not set(made.parts[one].words) & set(made.parts[other].words)
    rare = dataset("copy-2")  # seven words in all
    for part in rare.parts:
        assert {word for word, label in zip(part.words, part.labels, strict=True) if label} <= set(rare.training.words)
        assert 0 < part.labels.mean() < 1


def test_signals_that_were_joined_are_divided(folder):
    made = dataset("power", folder, letters=5)
    assert sum(made.card.words) == 26
    assert {len(word) for part in made.parts for word in part.words} == {24}
    assert made.card.letters == 5


def test_parts_that_the_source_states(folder):
    assert dataset("chorales", folder).card.words[0] == 8
    assert sum(dataset("chorales", folder).card.words) + dataset("chorales", folder).card.left_out == 15


def test_symbolisers_see_the_training_part_alone(folder):
    """Other sequences to choose by and to hold out leave the symboliser as it is."""
    made = dataset("chorales", folder)
    lines = (folder / "chorales-soprano.tsv").read_text(encoding="utf-8").split("\n")
    changed = [line if line.startswith("train") else line + " 99" for line in lines[1:]]
    (folder / "chorales-soprano.tsv").write_text("\n".join([lines[0], *changed]), encoding="utf-8")
    with pytest.raises(InputError, match="too few words"):  # none of them can be read
        dataset("chorales", folder)
    (folder / "chorales-soprano.tsv").write_text("\n".join([*lines, "test\t99 61"]), encoding="utf-8")
    again = dataset("chorales", folder)
    assert again.card.symboliser == made.card.symboliser
    assert again.card.left_out == made.card.left_out + 1


def test_new_signals_are_read_the_same_way(folder):
    made = dataset("power", folder)
    signal = np.arange(24.0)[:, None]
    assert from_json(made.card.symboliser).words([signal]) == made.symboliser.words([signal])


def test_a_language_of_mlregtest(tmp_path):
    (tmp_path / "mlregtest").mkdir()
    lines = ["0\t1\tb\tb", "0\t0\ta\ta", "1\t0\ta\ta", "1"]
    (tmp_path / "mlregtest" / "02.02.SL.2.1.0.att").write_text("\n".join(lines) + "\n", encoding="utf-8")
    made = dataset("mlregtest-02.02.SL.2.1.0", tmp_path)
    assert list(made.alphabet) == ["a", "b"]
    for part in made.parts:
        texts = [made.alphabet.text(word) for word in part.words]
        assert part.labels.tolist() == [int(text.endswith("b") and "bb" not in text) for text in texts]
        assert 0 < part.labels.mean() < 1


def test_texts():
    assert plain_letters("Ábc d") == ["a", "b", "c", "_", "d"]
    assert plain_words("It's bad, BAD!") == ["it's", "bad", "bad", "!"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nonsense", "there is no data set"),
        ("tomita-8", "1 to 7"),
        ("gunpoint", "has no such file"),
        ("mlregtest-x", "mlregtest/x.att"),
        ("random-wfa-3-letters-2", "neither"),
    ],
)
def test_refused(folder, name, message):
    with pytest.raises(InputError, match=message):
        dataset(name, folder)


def test_a_folder_is_asked_for():
    with pytest.raises(InputError, match="--data"):
        dataset("names")
    with pytest.raises(InputError, match="leave letters and symboliser out"):
        dataset("tomita-1", letters=3)


def test_no_letters_are_too_few(folder):
    with pytest.raises(InputError, match="2 to 64"):
        dataset("power", folder, letters=0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tid,label,a\n0,x,1\n0,x,b\n", "no number"),
        ("tid,a\n0,1\n", "no column 'label'"),
        ("tid,label,a\n0,x,nan\n", "not finite"),
        ("", "no rows"),
        ("tid,label\n0,x\n", "no column of numbers"),
        ("tid,label,a\n0\n", "row 1: there is no column 'label'"),
        ("tid,label,a\n0,,1\n", "'label' must have a text"),
        ('tid,label,a\n0,"x\ny",1\n', "'label' must have a text"),
        ("tid,label,a\n0,x,1e300\n", "too large"),
        ('tid,label,a\n"' + "x" * 200_000, "is no CSV file"),
    ],
)
def test_signals_that_are_refused(tmp_path, text, message):
    with gzip.open(tmp_path / "vowels.csv.gz", "wt") as opened:
        opened.write(text)
    with pytest.raises(InputError, match=message):
        dataset("vowels", tmp_path)


@pytest.mark.parametrize(
    ("file", "text"), [("log-hdfs.csv.gz", "EventId,Content\nE1\n"), ("log-linux.csv.gz", "LineId,EventId\n1,E1\n2\n")]
)
def test_lines_of_logs_without_their_columns_are_refused(tmp_path, file, text):
    with gzip.open(tmp_path / file, "wt") as opened:
        opened.write(text)
    with pytest.raises(InputError, match=r"row [12]: there is no column"):
        dataset(file.removeprefix("log-").removesuffix(".csv.gz"), tmp_path)


def test_what_unpacks_to_more_than_fits_is_refused(folder, monkeypatch):
    monkeypatch.setattr(material, "MOST", 1000)
    with pytest.raises(InputError, match="more than 1,000 characters"):
        dataset("power", folder)


def test_lines_of_texts_are_counted_with_empty_ones(folder):
    for text, said in (("label\tword\n\nx\ta\tb\n", "line 3: expected"), ("label\tword\n\x1bx\ta\n", "line 2: the label must")):
        (folder / "names.tsv").write_text(text)
        with pytest.raises(InputError, match=said):
            dataset("names", folder)


def test_signals_that_become_one_word_are_counted(folder):
    made = dataset("power", folder, letters=2)
    known = set(made.training.words)
    seen = [sum(word in known for word in part.words) for part in (made.validation, made.held_out)]
    assert sum(seen) > 0
    assert made.card.seen == tuple(seen)


def test_what_gzip_has_not_packed_is_refused(tmp_path):
    (tmp_path / "vowels.csv.gz").write_text("tid,label,a\n0,x,1\n")
    with pytest.raises(InputError, match="gzip"):
        dataset("vowels", tmp_path)


@needs_data
@pytest.mark.parametrize("name", ["sentiment", "promoters", "hospital", "hdfs", "bgl", "chorales", "libras", "gunpoint"])
def test_real_data(name):
    made = nerode.dataset(name, DATA)
    assert 2 <= made.card.letters <= 64
    assert min(made.card.words) >= 10


@needs_data
def test_a_real_language(rng):
    dfa = known_language("mlregtest-16.16.SL.2.1.0", DATA, rng)
    assert list(dfa.alphabet) == list("abcdefghijklmnop")
