"""Files of the user's own as data sets: signals, texts and FASTA, by each symboliser."""

import gzip
import json

import numpy as np
import pytest
from shell import run

import nerode
from nerode.datasets.cards import CARD
from nerode.datasets.own import NAMES
from nerode.datasets.symbolisers import from_json
from nerode.errors import InputError
from nerode.shell.options import zoo


def written(file, signals, labels):
    dimensions = signals[0].shape[1]
    rows = ["tid,label," + ",".join(f"x{d}" for d in range(dimensions))]
    for number, (signal, label) in enumerate(zip(signals, labels, strict=True)):
        rows += [f"{number},{label},{','.join(f'{value:.6f}' for value in step)}" for step in signal]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def signals(rng):
    """Forty signals of two dimensions that rise or fall."""
    labels = ["up" if i % 2 else "down" for i in range(40)]
    steps = [rng.normal(size=(30, 2)) + (1 if label == "up" else -1) for label in labels]
    return [np.round(np.cumsum(step, axis=0), 6) for step in steps], labels


@pytest.mark.parametrize(
    ("dimensions", "options", "kind", "letters", "longest"),
    [
        (1, {}, "sax", 8, 30),
        (2, {}, "codebook", 16, 30),
        (1, {"symboliser": "deltas"}, "deltas", 3, 29),
        (2, {"symboliser": "deltas"}, "deltas", 9, 29),
        (2, {"symboliser": "codebook", "letters": 5, "frame": 4}, "codebook", 5, 8),
        (1, {"letters": 4, "frame": 7}, "sax", 4, 5),
    ],
)
def test_signals_become_words(tmp_path, signals, dimensions, options, kind, letters, longest):
    whole, labels = signals
    parts = [signal[:, :dimensions] for signal in whole]
    file = written(tmp_path / "mine.csv", parts, labels)
    made = nerode.dataset(file, **options)
    assert (made.card.symboliser["kind"], made.card.letters, made.card.longest) == (kind, letters, longest)
    assert (made.card.classes, made.card.ships, made.card.licence) == (("down", "up"), False, "not known")
    words = from_json(made.card.symboliser).words(parts)
    assert {word for part in made.parts for word in part.words} == set(words)
    assert made.card == nerode.dataset(file, **options).card


def test_long_signals_have_at_most_a_hundred_letters(tmp_path, rng):
    long = [rng.normal(size=(length, 1)) for length in (250, 320, 90) * 4]
    made = nerode.dataset(written(tmp_path / "a.csv", long, ["x", "y"] * 6))
    assert made.card.symboliser["step"] == 4
    assert made.card.longest == 80


def test_one_label_is_none(tmp_path, signals):
    made = nerode.dataset(written(tmp_path / "a.csv", signals[0], ["0"] * 40))
    assert (made.card.task, made.training.labels) == ("language-model", None)
    assert made.card.about == "sequences of a.csv, all with the label 0, which is no class"


def test_an_entry_with_another_symboliser(tmp_path, signals):
    whole, labels = signals
    wide = [np.repeat(signal, 3, axis=0)[:45] for signal in whole]
    with gzip.open(tmp_path / "libras.csv.gz", "wt") as file:
        file.write(written(tmp_path / "libras.csv", wide, labels).read_text())
    usual = nerode.dataset("libras", tmp_path)
    assert usual.card.symboliser["kind"] == "codebook"
    signs = nerode.dataset("libras", tmp_path, symboliser="deltas", frame=3, letters=9)
    assert (signs.card.symboliser["kind"], signs.card.letters, signs.card.longest) == ("deltas", 9, 14)
    assert signs.card.licence == usual.card.licence
    with pytest.raises(InputError, match="a frame goes with a symboliser"):
        nerode.dataset("libras", tmp_path, frame=3)
    with pytest.raises(InputError, match="SAX takes signals of one dimension, and these have 2"):
        nerode.dataset("libras", tmp_path, symboliser="sax")


@pytest.mark.parametrize(
    ("symboliser", "first"), [(None, "It is 5!"), ("words", ["it", "is", "5", "!"]), ("symbols", ["It", "is", "5!"])]
)
def test_texts_are_cut(tmp_path, symboliser, first):
    lines = [f"{'+-'[i % 2]}\tIt is {i % 6}!{' yes' * (i // 6)}" for i in range(60)]
    (tmp_path / "a.tsv").write_text("\n".join(["label\tword", *lines]), encoding="utf-8")
    made = nerode.dataset(tmp_path / "a.tsv", symboliser=symboliser)
    words = {made.training.alphabet.text(word) for part in made.parts for word in part.words}
    wanted = "it_is_5!" if symboliser is None else " ".join(first)
    assert wanted in words
    (tmp_path / "a.tsv").write_text("\n".join(["label\tword", *(f"{'+-'[i % 2]}\tx {i}" for i in range(20))]), encoding="utf-8")
    with pytest.raises(InputError, match="that have symbols which training never shows; ask for fewer letters"):
        nerode.dataset(tmp_path / "a.tsv", symboliser="symbols")


def test_fasta_is_read(tmp_path):
    families = [f">s{i} fam{i % 2} of something\nMK\nv{'ACDEFGHIKL'[i % 10]}{'LMNP'[i // 10]}*" for i in range(40)]
    file = tmp_path / "a.fasta"
    file.write_text("; a remark\n" + "\n".join(families) + "\n")
    made = nerode.dataset(file)
    assert made.card.classes == ("fam0", "fam1")
    assert made.card.kind == "biology"
    words = {made.training.alphabet.text(word) for part in made.parts for word in part.words}
    assert words == {f"MKV{'ACDEFGHIKL'[i % 10]}{'LMNP'[i // 10]}" for i in range(40)}
    rare = [*families, ">x Titin OS=Homo\nMKVLL"]
    for text in ("\n".join(families).replace(" fam0 of something", ""), "\n".join(rare)):
        file.write_text(text)
        assert nerode.dataset(file).card.task == "language-model"
    for text, said in (("MKV\n>a\nMK", "line 1: expected a name"), (">\n>b\nMK", "the sequence number 1 has no letters")):
        file.write_text(text)
        with pytest.raises(InputError, match=said):
            nerode.dataset(file)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.tsv", "x\tab\ny\tba\n", "must be a header, label and word"), ("a.csv", "tid,label,x\n0,a,1,2\n", "has more cells"),
        ("a.csv", "tid;label;x\n0;a;1\n", "no column 'tid'"), ("b.csv", None, "there is no file .*b.csv; a file of your own"),
    ],
)  # fmt: skip
def test_files_that_are_damaged(tmp_path, name, text, said):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=said):
        nerode.dataset(tmp_path / name)


def test_what_does_not_fit_is_refused(tmp_path, signals):
    file = written(tmp_path / "a.csv", *signals)
    (tmp_path / "a.tsv").write_text("label\tword\n" + "x\tab\ny\tba\n" * 20)
    (tmp_path / "a.fa").write_text(">a\nMK\n")
    cases = [
        (file, {"symboliser": "words"}, "signals become letters by sax, codebook, deltas, and texts by"),
        (file, {"symboliser": "nothing"}, "there is no symboliser 'nothing'; choose sax"),
        (file, {"frame": 0}, "a frame has a whole number of steps"),
        (file, {"folder": tmp_path}, "is a file of your own, and needs no folder"),
        (tmp_path / "a.tsv", {"symboliser": "sax"}, "does not fit .*; choose characters, words, symbols or leave it out"),
        (tmp_path / "a.tsv", {"frame": 2}, "a frame has steps of a signal"),
        (tmp_path / "a.fa", {"symboliser": "words"}, "choose symbols or leave it out"),
        ("tomita-3", {"symboliser": "sax"}, "is a known language"),
    ]
    for name, options, said in cases:
        with pytest.raises(InputError, match=said):
            nerode.dataset(name, **options)


def test_a_file_in_the_shell(capsys, tmp_path, signals):
    file, out = written(tmp_path / "a.csv", *signals), tmp_path / "out"
    done = run(capsys, "datasets", file, "--symboliser", "codebook", "--letters", 6, "--frame", 2, "--out", out, "--json")
    assert (done.code, done.answer["card"]["letters"], done.answer["card"]["longest"]) == (0, 6, 15)
    assert json.loads((out / CARD).read_text())["symboliser"]["step"] == 2
    assert run(capsys, "train", out / "train.tsv", "--steps", 3, "--hidden", 4, "--out", tmp_path / "net").code == 3
    done = run(capsys, "datasets", file, "--symboliser", "words")
    assert (done.code, "signals become letters by" in done.err) == (2, True)


def test_the_shell_names_all_symbolisers():
    offered = []

    class Added:
        def add_argument(self, name, **options):
            offered.extend(options["choices"] if name == "--symboliser" else ())

    zoo.add_datasets(lambda *text: Added())
    assert tuple(offered) == NAMES
