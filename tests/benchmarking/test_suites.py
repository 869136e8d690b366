"""Suites: what they ask for, and the one sentence that names the key that is wrong."""

import shutil

import numpy as np
import pytest
from shell import DEMO
from tiny import written

import nerode
from nerode.benchmarking.cells import cells_of
from nerode.benchmarking.sources import natural
from nerode.benchmarking.suite import SHIPPED, read_suite, text_of
from nerode.datasets.readers import write_words

TEACHERS = '[teachers.a]\nlanguages = "tomita-1"\n'
METHODS = "[methods.lstar]\n"
LEAST = f"effort = 1\n{TEACHERS}{METHODS}"


@pytest.fixture
def networks(tmp_path):
    """Automata in a folder, with words beside them."""
    (tmp_path / "models").mkdir()
    for number in (9, 11, 2):
        automaton = nerode.language(f"random-dfa-{number}-letters-2", np.random.default_rng(0))
        automaton.save(tmp_path / "models" / f"1.{number}.json")
        write_words(tmp_path / f"1.{number}.words", [(0, 1), (1,)], automaton.alphabet)
    return tmp_path


def test_each_teacher_with_each_method_size_and_seed(tmp_path):
    text = 'seeds = 2\nseconds = 9.5\n[teachers.a]\nlanguages = ["tomita-1", "tomita-2"]\n[teachers.b]\nlanguages = '
    text += '"random-dfa-5-letters-2"\ndraws = 2\n[methods.lstar]\n[methods.t]\nmethod = "tree"\nsizes = [2, 4]\norder = 2\n'
    cells = cells_of(read_suite(written(tmp_path, text), first_seed=5))
    assert len(cells) == len({cell.identity for cell in cells}) == 2 * 4 * 3
    assert {cell.seed for cell in cells} == {5, 6}
    assert {cell.source.name for cell in cells[:12]} == {
        "tomita-1", "tomita-2", "random-dfa-5-letters-2", "random-dfa-5-letters-2 (2)"
    }  # fmt: skip
    assert [(cell.contender, cell.method, cell.size, cell.settings) for cell in cells[:3]] == [
        ("lstar", "lstar", None, {}), ("t", "tree", 2, {"order": 2}), ("t", "tree", 4, {"order": 2})
    ]  # fmt: skip
    first, second = (cell.source.load() for cell in cells[6:12:3])
    assert (first.states, second.states) == (5, 5)
    assert not np.array_equal(first.transitions, second.transitions)


def test_a_star_stands_for_the_same_in_all_paths(networks):
    text = f'effort = 1\n[teachers.a]\ncheckpoints = "models/*.json"\ntest = "*.words"\n{METHODS}'
    sources = read_suite(written(networks, text)).sources
    assert [source.name for source in sources] == ["1.2", "1.9", "1.11"]
    assert [source.test.name for source in sources] == ["1.2.words", "1.9.words", "1.11.words"]
    assert [source.load().states for source in sources] == [2, 9, 11]


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["own", "sh-i*"], ["own", "sh-int4", "sh-int8", "sh-int.4"]),
        (["sh-int*", "t5-g*", "lm-g*"], ["sh-int4", "sh-int8", "sh-int.4", "t5-gru", "lm-gru"]),
        (["*-gru"], ["lm-gru", "t5-gru"]),
        (["s*-int.4"], ["sh-int.4"]),
        (["nets/*/best", "best"], ["a", "b", "best"]),
        (["files/x*.json", "files/y.json"], ["x1", "x2", "y"]),
        (["files/*.a.json", "files/z.json"], ["z.a.json", "z.json"]),
        (["files/z.json", "files/z.regex", "own"], ["z.json", "z.regex", "own"]),
    ],
)
def test_teachers_have_the_names_of_their_folders_and_files(networks, patterns, names):
    """Without suffixes, where these are not needed to tell them apart."""
    automaton = networks / "models" / "1.2.json"
    (networks / "files").mkdir()
    for folder in ("own", "sh-int4", "sh-int8", "sh-int.4", "t5-gru", "lm-gru", "nets/a/best", "nets/b/best", "best"):
        (networks / folder).mkdir(parents=True)
        (networks / folder / "teacher.json").write_text("{}")
    for file in ("x1.json", "x2.json", "y.json", "z.json", "z.a.json"):
        shutil.copy(automaton, networks / "files" / file)
    (networks / "files" / "z.regex").write_text("(0|1)*")
    suite = read_suite(written(networks, f"effort = 1\n[teachers.a]\ncheckpoints = {patterns}\n{METHODS}"))
    assert [source.name for source in suite.sources] == names


def test_teachers_of_one_name_are_refused_with_both_paths(networks):
    for place in ("one", "two"):
        (networks / place).mkdir()
        shutil.copy(networks / "models" / "1.2.json", networks / place / "net.json")
    with pytest.raises(nerode.InputError, match=r"'net.json' twice: .*/one/net\.json and .*/two/net\.json; leave"):
        read_suite(written(networks, f'effort = 1\n[teachers.a]\ncheckpoints = ["one/net.json", "two/*.json"]\n{METHODS}'))


def test_a_teacher_is_known_by_what_is_in_its_files(networks):
    text = f'effort = 1\n[teachers.a]\ncheckpoints = "models/1.9.json"\nwords = "1.9.words"\n{METHODS}'
    before = cells_of(read_suite(written(networks, text)))[0]
    (networks / "models" / "1.9.json").rename(networks / "models" / "b.json")
    again = cells_of(read_suite(written(networks, text.replace("models/1.9.json", "models/b.json"))))[0]
    assert (before.source.name, again.source.name) == ("1.9", "b")
    assert before.identity == again.identity
    with (networks / "1.9.words").open("a", encoding="utf-8") as file:
        file.write("0\n")
    other = cells_of(read_suite(written(networks, text.replace("models/1.9.json", "models/b.json"))))[0]
    assert other.identity != again.identity


def test_data_may_lie_elsewhere(networks, tmp_path_factory):
    place = tmp_path_factory.mktemp("elsewhere")
    text = f'data = "{{}}"\neffort = 1\n[teachers.a]\ncheckpoints = "models/*.json"\n{METHODS}'
    assert len(read_suite(written(place, text.format(networks))).sources) == 3
    assert len(read_suite(written(place, text.format("nowhere")), networks).sources) == 3
    with pytest.raises(nerode.InputError, match=r"nothing in .*nowhere fits 'models/\*\.json'"):
        read_suite(place / "suite.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("effort = ", "is not in TOML"),
        (f"{TEACHERS}{METHODS}", "names no limit"),
        (f"effort = 1\n{TEACHERS}", "needs the key 'methods'"),
        (f"effort = 1\n{METHODS}", "needs the key 'teachers'"),
        (f"effort = 0\n{TEACHERS}{METHODS}", "'effort' must be a number above 0, not 0"),
        (f"queries = 1.5\n{TEACHERS}{METHODS}", "'queries' must be a whole number"),
        (f"seeds = 0\n{LEAST}", "'seeds' must be 1 to 10,000"),
        (f"seeds = 1000000000000\n{LEAST}", "'seeds' has a number above 1,000,000,000"),
        (f"seeds = 100000000\n{LEAST}", "'seeds' must be 1 to 10,000"),
        (f"seeds = [{2**70}]\n{LEAST}", "'seeds' has a number above"),
        (f"fresh = {2**70}\n{LEAST}", "'fresh' has a number above"),
        (f"effort = {10**400}\n{TEACHERS}{METHODS}", "'effort' has a number above"),
        (f"effort = {'9' * 5000}\n{TEACHERS}{METHODS}", "is not in TOML"),
        (f"effort = {'[' * 20_000}\n{TEACHERS}{METHODS}", "is not in TOML"),
        (f'data = "a\\u0000"\neffort = 1\n[teachers.a]\ncheckpoints = "a*"\n{METHODS}', "'data' must be the path"),
        (f"effort = 1\n[teachers.a]\nlanguages = 'random-dfa-2-letters-2'\ndraws = 20000\n{METHODS}", "'draws' must be 1 to"),
        (f"seeds = [1, 1]\n{LEAST}", "'seeds' must be"),
        (f"seeds = true\n{LEAST}", "'seeds' must be"),
        (f"fresh = 0\n{LEAST}", "'fresh' must be"),
        (f"measures = 'kl'\n{LEAST}", "'measures' has 'kl'; there are error_rate"),
        (f"colour = 1\n{LEAST}", "unknown key 'colour'; there are seeds"),
        (f"effort = 1\nteachers = 3\n{METHODS}", "'teachers' must be tables"),
        (f"effort = 1\nteachers.a = 3\n{METHODS}", r"teachers\.a must be a table, not 3"),
        (f"effort = 1\n[teachers.a]\n{METHODS}", r"teachers\.a needs the key 'checkpoints'"),
        (f"effort = 1\n[teachers.a]\nlanguages = 'tomita-9'\n{METHODS}", "'languages': there are the Tomita languages 1 to 7"),
        (f"effort = 1\n[teachers.a]\nlanguages = 'tomita-1'\ndraws = 2\n{METHODS}", "'draws' is for random languages"),
        (f"effort = 1\n[teachers.a]\nlanguages = 'tomita-1'\nwords = 'a'\n{METHODS}", r"teachers\.a has an unknown key 'words'"),
        (f"effort = 1\n[teachers.a]\ncheckpoints = 'a'\n{METHODS}", "'checkpoints': there is no checkpoint at .*a"),
        (f"effort = 1\n[teachers.a]\ncheckpoints = '*/*'\n{METHODS}", r"there can be one \* in a path"),
        (f"effort = 1\n[teachers.a]\ncheckpoints = 'suite.toml'\nwords = '*'\n{METHODS}", r"'words' has a \*"),
        (f"effort = 1\n[teachers.a]\ncheckpoints = 'suite.toml'\ntest = 'b'\n{METHODS}", "'test': there is no file .*b"),
        (f"effort = 1\n{TEACHERS}[teachers.b]\nlanguages = 'tomita-1'\n{METHODS}", "'teachers' names 'tomita-1' twice"),
        (f"effort = 1\n{TEACHERS}[methods.star]\n", r"methods\.star: unknown method 'star'"),
        (f"effort = 1\n{TEACHERS}[methods.tree]\nsizes = [0]\n", r"methods\.tree: 'sizes' must be whole numbers"),
        (f"effort = 1\n{TEACHERS}[methods.tree]\nstates = 3\n", r"methods\.tree: the method tree has no setting 'states'"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path, text, said):
    with pytest.raises(nerode.InputError, match=said) as refused:
        read_suite(written(tmp_path, text))
    assert "\n" not in str(refused.value)
    assert "suite.toml" in str(refused.value)


def test_numbers_in_names_are_in_their_order():
    assert sorted(["1.11", "²", "1.9", "1²3", "a"], key=natural) == ["1.9", "1.11", "1²3", "a", "²"]


def test_suites_that_come_with_nerode(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(cells_of(read_suite("languages"))) == 60
    for name in ("taysir", "zoo"):
        (tmp_path / name).mkdir()  # such as the folder of the networks
        with pytest.raises(nerode.InputError, match=f"the suite {name} is of networks in a folder; name it, with --data"):
            read_suite(name)
    with pytest.raises(nerode.InputError, match=r"nothing in .* fits 'models/"):
        read_suite("taysir", tmp_path)
    with pytest.raises(nerode.InputError, match="there is no suite nothing"):
        read_suite("nothing")
    assert written(tmp_path, text_of("languages")).exists()
    assert len(read_suite(tmp_path / "suite.toml").contenders) == 5
    assert set(SHIPPED) == {"languages", "taysir", "zoo"}


def test_the_zoo_is_a_suite_and_figures_beside_a_network_are_no_part_of_it(tmp_path):
    for name in ("a", "b"):
        shutil.copytree(DEMO, tmp_path / name)
        for part in ("train.tsv", "heldout.tsv"):
            (tmp_path / name / part).write_text("label\tword\n1\t101\n0\t1\n")
    before = read_suite("zoo", tmp_path).sources
    assert [(source.name, source.words.parent.name, source.test.name) for source in before] == [
        ("a", "a", "heldout.tsv"),
        ("b", "b", "heldout.tsv"),
    ]
    (tmp_path / "a" / "zoo.json").write_text("{}")
    (tmp_path / "b" / "heldout.tsv").write_text("label\tword\n1\t101\n")
    after = read_suite("zoo", tmp_path).sources
    assert [one.content == other.content for one, other in zip(before, after, strict=True)] == [True, False]


def test_the_competition_is_a_suite(shared):
    sources = read_suite("taysir", shared / "taysir").sources
    assert [source.name for source in sources] == sorted((source.name for source in sources), key=natural)
    assert len(sources) == 11
    assert all(source.test.name == f"{source.name}.taysir.valid.words" for source in sources)
