"""Tables in the shell: from a CSV file to a network, to students that name columns, and what is refused."""

import json

import numpy as np
import pytest
from shell import code_of, run

import nerode
from nerode.students.loading import load_student
from nerode.teachers.checkpoints import load_teacher

STEPS = ("--steps", 200)


@pytest.fixture(scope="module")
def rows():
    """Rows whose class says whether age is above 40 and the home is rented; some numbers of cards are missing."""
    rng = np.random.default_rng(0)
    return [
        (age, home, cards, "bad" if age > 40 and home == "rent" else "good")
        for age, home, cards in zip(
            rng.integers(20, 61, 400).tolist(), rng.choice(["own", "rent"], 400), rng.choice(["", "1", "2"], 400), strict=True
        )
    ]


@pytest.fixture(scope="module")
def trained(tmp_path_factory, rows):
    """A folder with the table and a network of it."""
    folder = tmp_path_factory.mktemp("tables")
    write(folder / "table.csv", rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert code_of("train", "table.csv", "--out", "net", *STEPS) == 3
    return folder


@pytest.fixture
def here(trained, monkeypatch):
    monkeypatch.chdir(trained)
    return trained


def write(path, rows, header=("age", "home", "cards", "class"), between=","):
    lines = [between.join(map(str, row)) for row in (header, *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_a_network_knows_its_columns(capsys, here):
    answer = run(capsys, "inspect", "net", "--json").answer
    assert (answer["length"], answer["columns"], answer["label"]) == (3, ["age", "home", "cards"], "class")
    assert answer["architecture"].startswith("feed-forward")
    assert answer["alphabet"][-1] == "?"
    facts = json.loads((here / "net" / "teacher.json").read_text(encoding="utf-8"))["training"]
    assert facts["classes"] == ["bad", "good"]
    assert "--label class" in facts["command"]


def test_a_tree_names_columns_and_reads_tables(capsys, here, rows):
    made = run(capsys, "distill", "net", "--student", "tree", "--size", 4, "--out", "tree.json", "--effort", 0.2)
    assert "each as frequent at its place as in the words trained on" in made.out
    shown = run(capsys, "inspect", "tree.json").out
    assert "age > 4" in shown
    assert "home = " in shown
    write(here / "other.csv", [(home, age, cards) for age, home, cards, _ in rows[:50]], ("home", "age", "cards"), ";")
    compared = run(capsys, "eval", "tree.json", "net", "--words", "other.csv", "--json").answer
    assert compared["source"] == "given"
    assert compared["metrics"]["error_rate"]["value"] < 0.1
    assert load_student("tree.json").domain.columns == load_teacher("net").domain.columns
    told = run(capsys, "explain", "tree.json", "tree.json", "--words", "other.csv", "--json").answer
    assert (told["words"], list(told["agreement"])) == (50, ["replaced"])


def test_students_learn_from_the_labels_of_a_table(capsys, here):
    for student in ("regression", "mlp"):
        out = f"s{student}" + ".json" * (student != "mlp")
        given = ("--words", "table.csv", "--alpha", 1, "--effort", 1, "--out", out)
        assert "words like those given of 3 letters, each" in run(capsys, "distill", "net", "--student", student, *given).out
        right = run(capsys, "eval", out, "net", "--words", "table.csv", "--json").answer["true_labels"]["student"]["value"]
        assert right > 0.85, student  # three quarters have the most frequent label
    by_kind = run(capsys, "eval", out, "net", "--words", "table.csv", "--kinds").out
    assert ["network", "\\", "automaton", "bad", "good"] in [line.split() for line in by_kind.splitlines()]
    assert load_teacher("smlp").domain.length == 3
    assert run(capsys, "eval", "sregression.json", "smlp", "--words", "table.csv").code == 0


def test_what_asks_about_words_of_other_lengths_is_refused(capsys, here):
    for method in ("lstar", "spectral"):
        outcome = run(capsys, "extract", "net", "--method", method, "--out", "a.json")
        assert (outcome.code, outcome.err.count("\n")) == (2, 1)
        assert "exactly 3 letters, and one of 0 was asked about" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("table.csv", "--label", "home2"), "has no column 'home2'"),
        (("table.csv", "--alphabet", "ab"), "is read as a table"),
        (("none.csv",), "--label COLUMN"),
        (("header.csv",), "has a header and no rows"),
        (("one.csv",), "all 400 words have the label 'good'"),
        (("german.csv",), "numbers with commas, such as 1,5"),
        (("tomita-1", "--bins", 4), "--bins is for tables"),
        (("tomita-1", "--label", "x"), "--label is for tables"),
        (("tomita-1", "--arch", "mlp"), "reads words of one length"),
        (("digits", "--label", "x"), "has its own labels"),
        (("digits", "--words", 9), "digits is a file or a table"),
    ],
)
@pytest.mark.sampled(4)
def test_what_cannot_be_trained_on_is_refused(capsys, here, rows, arguments, said):
    write(here / "none.csv", rows, ("age", "home", "cards", "outcome"))
    write(here / "header.csv", [])
    write(here / "one.csv", [(*row[:3], "good") for row in rows])
    write(here / "german.csv", [("1,5", *row[1:]) for row in rows], between=";")
    outcome = run(capsys, "train", *arguments, "--out", "new")
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert said in outcome.err


@pytest.mark.parametrize("student", ["tree", "boosted"])
def test_a_table_in_which_no_two_rows_are_alike_gives_a_constant_student(capsys, here, student):
    write(here / "streets.csv", [(f"street {number}", "ab"[number % 2]) for number in range(60)], ("home", "outcome"))
    given = ("streets.csv", "--label", "outcome", "--student", student, "--effort", 0.1, "--out", "street.json")
    made = run(capsys, "distill", *given)
    assert made.code in (0, 3), made.err
    assert len(set(load_student("street.json").predict(["0", "1", "2"]).tolist())) == 1


@pytest.mark.parametrize(
    ("header", "between", "said"),
    [
        (("x", "y"), ",", "the column 'x' has numbers such as 0.5 and no words; have the file read as a table by --label y"),
        (("x", "label"), ";", "the column 'x' has numbers such as 0.5 and no words"),
        (("y", "x"), ",", "0.5 and the other numbers of the column 'y' are no labels of classes; write classes in their place"),
        (("age", "class"), ",", "names a column of labels, 'class', and none of words; call the other column word, or have"),
        (("age", "outcome"), ",", "of a table, name the column of the labels by --label COLUMN"),
        (("home", "outcome"), ",", "name its columns, word and label, or of a table that of the labels by --label COLUMN"),
        (
            ("age", "outcome"),
            "|",
            "each line has 2 columns between bars, and columns are read between tabs, commas or semicolons",
        ),
        (("age", "cards", "class"), "|", "each line has 3 columns between bars"),
    ],
)
def test_tables_that_are_not_seen_to_be_some_say_how_they_are_read(capsys, here, header, between, said):
    first = {"home": lambda age: f"street {age % 5}"}.get(header[0], lambda age: age + 0.5)
    rows = [(first(age), *[age + 0.25] * (len(header) - 2), "01"[age % 2] + ".5" * (header[0] == "y")) for age in range(60)]
    write(here / "unseen.csv", rows, header, between)
    for command in (("train",), ("distill", "--student", "tree"), ("extract", "--method", "rpni")):
        refused = run(capsys, *command, "unseen.csv", "--out", "no.json")
        assert (refused.code, refused.err.count("\n")) == (2, 1), refused.err
        assert said in refused.err
    named = run(capsys, "distill", "unseen.csv", "--label", header[-1], "--student", "tree", "--effort", 0.1, "--out", "two.json")
    if between == "|":
        assert said in named.err
    elif header[0] != "y":
        assert named.code in (0, 3), named.err


def test_a_table_of_scikit_learn_needs_no_file(capsys, here):
    pytest.importorskip("sklearn")
    assert run(capsys, "train", "breast-cancer", "--steps", 40, "--out", "cancer").code == 3
    domain = load_teacher("cancer").domain
    assert (domain.length, domain.columns[0].name) == (30, "mean-radius")
    shown = run(capsys, "eval", "cancer", "cancer", "--words", "breast-cancer").out
    assert "(The network was trained on words of this name, breast-cancer: on others it may be less accurate.)" in shown
    rows = [line.split()[:3] for line in shown.splitlines() if line.split()[:1] in (["benign"], ["malignant"])]
    assert rows
    assert all(network == student for _, network, student in rows)


def test_words_of_one_length_are_a_domain(capsys, here):
    drawn = ["".join(word) for word in np.random.default_rng(0).choice(list("ab"), (60, 6))]
    words = [f"{'yes' if word[2] == 'a' else 'no'}\t{word}" for word in drawn]
    (here / "words.tsv").write_text("\n".join(words), encoding="utf-8")
    assert run(capsys, "train", "words.tsv", "--steps", 60, "--arch", "mlp", "--out", "six").code == 3
    made = run(capsys, "distill", "six", "--student", "tree", "--effort", 0.2, "--out", "six.json")
    assert "random words of 6 letters" in made.out


def test_students_learn_from_a_file_without_a_network(capsys, here):
    made = run(capsys, "distill", "table.csv", "--student", "tree", "--size", 4, "--out", "known.json", "--effort", 0.2, "--json")
    assert made.answer["answers"].startswith("No network is asked: the answers are the labels of table.csv.")
    assert made.answer["held_out"]["words"] == made.answer["verdict"]["words"] > 5  # different rows held back, and no random ones
    assert made.answer["held_out"]["metrics"]["error_rate"]["value"] < 0.35
    assert "home = " in run(capsys, "inspect", "known.json").out
    passive = run(capsys, "extract", "table.csv", "--method", "rpni", "--out", "known-dfa.json")
    assert passive.code in (0, 3)
    again = run(capsys, "distill", "table.csv", "--student", "tree", "--size", 4, "--out", "again.json", "--effort", 0.2)
    for shown in (passive.out, again.out):
        assert shown.splitlines()[1].split(" s. ")[0].replace(".", "").isdigit()
        assert "queries" not in shown
    seen = run(capsys, "inspect", "known.json").out
    names = json.loads((here / "known.json").read_text(encoding="utf-8"))["extraction"]["classes"]
    assert f"1: the margin of {names[1]} over {names[0]}" in seen
    assert f": {names[0]} (-" in seen
    for command in (("eval", "--words", "table.csv"), ("explain",)):
        refused = run(capsys, command[0], "known.json", "net", *command[1:])
        assert refused.code == 2
        assert "read tables with other columns, or other bins of them" in refused.err
    refused = run(capsys, "extract", "table.csv", "--method", "lstar", "--out", "no.json")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "there is no network to ask" in refused.err
    both = run(capsys, "distill", "table.csv", "--student", "tree", "--words", "table.csv", "--out", "no.json")
    assert "leave --words" in both.err


def test_the_column_of_labels_of_a_table_without_a_network_can_be_named(capsys, here, rows):
    write(here / "outcome.csv", rows, ("age", "home", "cards", "outcome"))
    write(here / "two.csv", [(row[0], row[3]) for row in rows], ("age", "outcome"))
    write(here / "table.tsv", [("ab", "yes"), ("ba", "no"), ("aa", "yes"), ("bb", "no")] * 20, ("word", "label"), "\t")
    for table, columns in (("outcome.csv", ["age", "home", "cards"]), ("two.csv", ["age"])):
        given = (table, "--label", "outcome", "--effort", 0.2)
        made = run(capsys, "distill", *given, "--student", "tree", "--size", 4, "--out", "named.json")
        assert made.code in (0, 3), made.err
        domain = load_student("named.json").domain
        assert ([column.name for column in domain.columns], domain.label) == (columns, "outcome")
    assert run(capsys, "extract", *given, "--method", "rpni", "--out", "named-dfa.json").code in (0, 3)
    for name, said in (
        ("net", "--label is for tables, and net is none; leave it out"),
        ("named.json", "--label is for tables, and named.json is none; leave it out"),
        ("exec:cat", "--label is for tables, and exec:cat is none; leave it out"),
        ("table.tsv", "has no column 'outcome'; the columns of its first line are 'word', 'label'"),
        ("nowhere.csv", "nowhere.csv"),
    ):
        for command in (("distill", "--student", "tree"), ("extract", "--method", "rpni")):
            refused = run(capsys, *command, name, "--label", "outcome", "--out", "no.json")
            assert (refused.code, refused.err.count("\n")) == (2, 1)
            assert said in refused.err
    unnamed = run(capsys, "distill", "outcome.csv", "--student", "tree", "--out", "no.json")
    assert "say which column has the labels by --label COLUMN" in unnamed.err


def test_a_regression_of_few_features_is_one_of_the_features_that_matter(here):
    made = nerode.distill(load_teacher("net"), "regression", size=2, effort=0.2)
    plain = nerode.distill(load_teacher("net"), "regression", effort=0.2)
    assert made.automaton.size == 2 < plain.automaton.size
    assert made.verdict.errors < 0.5 * made.verdict.words


def test_a_table_without_the_columns_of_the_network_is_named(capsys, here):
    (here / "other.csv").write_text("weight,height\n1,2\n", encoding="utf-8")
    outcome = run(capsys, "distill", "net", "--student", "tree", "--words", "other.csv", "--out", "x.json")
    assert outcome.code == 2
    assert "other.csv has none of the columns of this table, 'age', 'home', 'cards'" in outcome.err
