"""ONNX models are read into the engine where their own answers prove it, and are asked whole words otherwise."""

import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nerode.automata.dfa import DFA
from nerode.automata.loading import load_automaton
from nerode.errors import InputError
from nerode.protocols import SteppingTeacher, TwoWayTeacher
from nerode.teachers.checkpoints import load_teacher
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.proof import Answers
from nerode.teachers.imports.weights import import_weights

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from doubles import words_up_to  # noqa: E402
from models import onnx_files  # noqa: E402
from models.onnx_files import LETTERS, READ, WHOLE, bag, language_model, last, lstm, model, parity, read, time_first  # noqa: E402
from onnx import TensorProto  # noqa: E402
from shell import run  # noqa: E402

WORDS = 1000


def words_of(seed=1, count=WORDS, longest=12):
    rng = np.random.default_rng(seed)
    return [tuple(rng.integers(len(LETTERS), size=length).tolist()) for length in rng.integers(1, longest + 1, count)]


def answers_of(made, words, turned=False):
    """What onnxruntime itself answers to each word alone."""
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    (given, *_) = session.get_inputs()
    rows = []
    for word in words:
        tokens = np.array([word], np.int64)
        row = session.run(None, {given.name: tokens.T if turned else tokens})[0]
        rows.append(row[0, -1] if row.ndim == 3 else row[0])
    return np.array(rows)


def written(folder, made, name="own.onnx"):
    onnx.save(made, folder / name)
    return folder / name


def differences(numbers):
    """Scores up to a constant: those of two classes are one number."""
    return numbers[:, 1:] - numbers[:, :1]


def as_answers(scores, answers):
    """Scores in the form of the answers, which may be probabilities or the scores of two classes."""
    if answers.shape[1] == 2:
        return scores, differences(answers)
    probable = (answers >= 0).all() and (answers <= 1).all()
    if answers.shape[1] == 1:
        return (1 / (1 + np.exp(-scores)) if probable else scores), answers
    return differences(scores), differences(np.log(answers) if probable else answers)


def agree(scores, answers):
    scores, answers = as_answers(scores, answers)
    np.testing.assert_allclose(scores, answers, rtol=0, atol=1e-5 * max(1, np.abs(answers).max()))


def wanted(name):
    return Wanted(LETTERS, task="language-model" if name == "language model" else "classifier")


@pytest.mark.parametrize("name", READ)
@pytest.mark.sampled(5)
def test_a_recurrent_model_is_read_and_answers_as_onnxruntime_does(tmp_path, name):
    made = model(READ[name])
    found = import_weights(written(tmp_path, made), wanted(name))
    assert isinstance(found.model.teacher, SteppingTeacher | TwoWayTeacher)
    assert found.asked.startswith("read into nerode's own engine")
    words = words_of()
    scores = found.model.teacher.scores(words)
    agree(scores[:, : len(LETTERS)] if name == "language model" else scores, answers_of(made, words, name == "time first"))


with zipfile.ZipFile(Path(onnx_files.__file__).with_name("onnx.zip")) as archive:
    SAVED = {name: archive.read(name) for name in archive.namelist()}
KNOWN = json.loads(SAVED.pop("answers.json"))


@pytest.mark.parametrize("name", SAVED)
@pytest.mark.sampled(5)
def test_files_that_torch_itself_exported(tmp_path, capsys, name):
    file, check = tmp_path / "own.onnx", tmp_path / "answers.tsv"
    file.write_bytes(SAVED[name])
    kind = name.partition(".")[0]
    lines = (
        f"{''.join(LETTERS[token] for token in word)}\t{' '.join(map(str, row))}\n"
        for word, row in zip(KNOWN["words"], KNOWN["answers"][kind], strict=True)
    )
    check.write_text("".join(lines))
    options = ("--alphabet", LETTERS, "--task", "language-model" if kind == "language-model" else "classifier", "--check", check)
    made = run(capsys, "import", file, *options, "--out", tmp_path / "own", "--json")
    assert made.code == 0, made.err
    assert made.answer["asked"].startswith("read into nerode's own engine")
    assert made.answer["proof"]["error"] < 1e-5


@pytest.mark.parametrize("build", WHOLE, ids=lambda build: build.__name__)
def test_any_other_model_is_asked_whole_words(tmp_path, capsys, build):
    made = model(build)
    file = written(tmp_path, made)
    done = run(capsys, "import", file, "--alphabet", LETTERS, "--task", "classifier", "--out", tmp_path / "own", "--json")
    assert done.code == 0, done.err
    assert done.answer["asked"].startswith("asked whole words through onnxruntime, since ")
    assert WHOLE[build] in done.answer["asked"]
    assert done.answer["reading"] is None
    file.unlink()  # the directory holds all
    words = words_of(count=300)
    agree(load_teacher(tmp_path / "own").scores(words), answers_of(made, words))
    assert np.isfinite(load_teacher(tmp_path / "own").scores([()])).all()


def test_the_automaton_of_the_onnx_lstm_is_right(tmp_path, capsys):
    file = written(tmp_path, model(parity))
    done = run(capsys, "import", file, "--alphabet", LETTERS, "--out", tmp_path / "own")
    assert done.code == 0, done.err
    assert "read into nerode's own engine, which gives onnxruntime's answers to 300 words" in done.out
    found = run(capsys, "extract", tmp_path / "own", "--method", "lstar", "--out", tmp_path / "dfa.json", "--effort", "4")
    assert found.code == 0, found.err
    automaton = load_automaton(tmp_path / "dfa.json")
    assert isinstance(automaton, DFA)
    assert automaton.states == 2
    words = words_up_to(len(LETTERS), 5)
    labels = automaton.link.labels(automaton.scores(words))
    assert labels.tolist() == [word.count(0) % 2 == 0 for word in words]


def test_the_files_of_exporters_with_fixed_axes(tmp_path):
    made = model(lstm, shape=(1, "time"))
    found = import_weights(written(tmp_path, made), wanted("lstm"))
    words = words_of(count=200)
    agree(found.model.teacher.scores(words), answers_of(made, words))
    for shape in (("batch", 7), (1, 7)):
        with pytest.raises(InputError, match=f"has the fixed shape {shape[0]} × 7, and nerode asks words of all lengths"):
            import_weights(written(tmp_path, model(lstm, shape=shape)), wanted("lstm"))
    found = import_weights(written(tmp_path, model(time_first, shape=("time", 3))), wanted("time first"))
    agree(found.model.teacher.scores(words), answers_of(model(time_first), words, turned=True))


def test_padding_and_answers_of_the_own_program(tmp_path):
    """Token 0 is padding, and the letters are the others; the answers prove which is which, whole words too."""
    for build in (lstm, bag):
        made = model(build)
        file = written(tmp_path, made)
        words = [tuple(letter % 3 + 1 for letter in word) for word in words_of(count=100)]
        numbers = answers_of(made, words)
        told = Answers(tuple("".join(LETTERS[token] for token in word) for word in words), numbers)
        found = import_weights(file, Wanted("bcd", padding="0"), told)
        assert found.proof.holds
        agree(found.model.teacher.scores([tuple(token - 1 for token in word) for word in words]), numbers)
        with pytest.raises(InputError, match="fails first on the word"):
            import_weights(file, Wanted("cbd", padding="0"), told)
        with pytest.raises(InputError, match="4 of which are left for the 3 symbols"):
            import_weights(file, Wanted("bcd"))


def test_a_language_model_that_is_asked_whole_words(tmp_path):
    made = model(language_model)
    for node in made.graph.node:
        if node.op_type == "GRU":
            node.attribute.append(onnx.helper.make_attribute("clip", 100.0))  # changes nothing, and is not read
    found = import_weights(written(tmp_path, made), Wanted("bcd", end="0", task="language-model"))
    assert found.asked.startswith("asked whole words")
    words = [tuple(letter % 3 for letter in word) for word in words_of(count=100)]
    expected = answers_of(made, [tuple(letter + 1 for letter in word) for word in words])[:, [1, 2, 3, 0]]
    np.testing.assert_allclose(found.model.teacher.scores(words), expected, atol=1e-5)


def test_a_model_with_positions_reads_words_up_to_them(tmp_path):
    def positions(make):
        length = make.node("Gather", make.node("Shape", "tokens"), np.array([1]))
        some = make.node("Slice", make.array(1, 40, 3), np.array([0]), length, np.array([1]))
        mean = make.node("ReduceMean", make.node("Add", make.embedding("tokens"), some), axes=[1], keepdims=0)
        return make.linear(mean, 3, 2)

    found = import_weights(written(tmp_path, model(positions)), wanted("positions"))
    assert found.model.teacher.longest == 40
    assert not any("not tried" in said for said in found.assumed)


def test_words_of_more_tokens_than_usual_are_tried(tmp_path):
    def positions(make, count):
        length = make.node("Gather", make.node("Shape", "tokens"), np.array([1]))
        some = make.node("Slice", make.array(1, count, 3), np.array([0]), length, np.array([1]))
        return make.node("ReduceMean", make.node("Add", make.embedding("tokens"), some), axes=[1], keepdims=0)

    for count, longest in ((2048, 2048), (3000, 3000), (9000, None)):
        found = import_weights(written(tmp_path, model(lambda make, count=count: positions(make, count))), wanted("positions"))
        assert found.model.teacher.longest == longest
    assert "words of more than 4,096 tokens were not tried, and are taken to be read" in found.assumed


def test_inputs_beside_the_words(tmp_path):
    def masked(make):
        lengths = make.node("Cast", "lengths", to=1)
        mask = make.node("Unsqueeze", make.node("Cast", "attention_mask", to=1), np.array([2]))
        total = make.node("ReduceSum", make.node("Mul", make.embedding("tokens"), mask), np.array([1]), keepdims=0)
        return make.linear(make.node("Div", total, make.node("Unsqueeze", lengths, np.array([1]))), 3, 3)

    def info(name, *shape):
        return onnx.helper.make_tensor_value_info(name, onnx.TensorProto.INT64, shape)

    mask, lengths = info("attention_mask", "batch", "time"), info("lengths", "batch")
    made = model(masked, more=[mask, lengths])
    found = import_weights(written(tmp_path, made), wanted("masked"))
    plain = found.model.teacher.scores([(0,), (1,), (0, 1)])
    np.testing.assert_allclose(plain[2], plain[:2].mean(axis=0), atol=1e-6)
    with pytest.raises(InputError, match="it has the input style beside the words"):
        import_weights(written(tmp_path, model(masked, more=[mask, lengths, info("style", "batch", 5)])), wanted("masked"))


@pytest.mark.parametrize(
    ("name", "kind", "padded"),
    [
        ("padding_mask", TensorProto.BOOL, True),
        ("src_key_padding_mask", TensorProto.BOOL, True),
        ("pad_mask", TensorProto.FLOAT, True),
        ("attention_mask", TensorProto.INT64, False),
        ("attention_mask", TensorProto.BOOL, False),
        ("token_mask", TensorProto.BOOL, False),
        ("mask", TensorProto.FLOAT, False),
    ],
)
def test_masks_leave_no_token_out(tmp_path, capsys, name, kind, padded):
    """A mask of padding is one where a token is to be ignored; other masks are one where it is to be read."""

    def masked(make):
        mask = make.node("Cast", name, to=1)
        kept = make.node("Unsqueeze", make.node("Sub", np.float32(1), mask) if padded else mask, np.array([2]))
        total = make.node("ReduceSum", make.node("Mul", make.embedding("tokens"), kept), np.array([1]), keepdims=0)
        return make.linear(total, 3, 3)

    def all_read(make):
        return make.linear(make.node("ReduceSum", make.embedding("tokens"), np.array([1]), keepdims=0), 3, 3)

    made = model(masked, more=[onnx.helper.make_tensor_value_info(name, kind, ["batch", "time"])])
    done = run(capsys, "import", written(tmp_path, made), "--alphabet", LETTERS, "--out", tmp_path / "own", "--json")
    assert done.code == 0, done.err
    assert any(said.startswith(f"its input {name} is given {'zeros' if padded else 'ones'}") for said in done.answer["assumed"])
    words = words_of(count=50)
    agree(load_teacher(tmp_path / "own").scores(words), answers_of(model(all_read), words))


@pytest.mark.parametrize(("name", "kind"), [("mask", TensorProto.BOOL), ("unmasked", TensorProto.INT64)])
def test_masks_of_unknown_meaning_are_refused(tmp_path, name, kind):
    def masked(make):
        mask = make.node("Unsqueeze", make.node("Cast", name, to=1), np.array([2]))
        return make.node("ReduceSum", make.node("Mul", make.embedding("tokens"), mask), np.array([1]), keepdims=0)

    made = model(masked, more=[onnx.helper.make_tensor_value_info(name, kind, ["batch", "time"])])
    with pytest.raises(InputError, match=f"it has the input {name} beside the words, and it is not known what to give"):
        import_weights(written(tmp_path, made), wanted(name))


def test_states_that_are_inputs_start_at_zero(tmp_path):
    def started(make):
        weights = make.array(1, 15, 3), make.array(1, 15, 5), make.array(1, 30)
        outputs, _ = make.node("GRU", read(make), *weights, "", "state", outputs=2, hidden_size=5, linear_before_reset=1)
        return make.linear(last(make, outputs), 5, 3)

    state = onnx.helper.make_tensor_value_info("state", onnx.TensorProto.FLOAT, [1, "batch", 5])
    made = model(started, more=[state])
    found = import_weights(written(tmp_path, made), wanted("started"))
    assert isinstance(found.model.teacher, SteppingTeacher)
    for node in made.graph.node:
        if node.op_type == "GRU":
            node.input[5] = ""
    del made.graph.input[1]
    words = words_of(count=100)
    agree(found.model.teacher.scores(words), answers_of(made, words))


def test_weights_beside_the_file_are_read(tmp_path):
    made = model(lstm)
    plain = import_weights(written(tmp_path, made), wanted("lstm")).model.teacher.scores(words_of(count=50))
    onnx.save(made, tmp_path / "large.onnx", save_as_external_data=True, location="large.onnx.data", size_threshold=0)
    found = import_weights(tmp_path / "large.onnx", wanted("lstm"))
    np.testing.assert_array_equal(found.model.teacher.scores(words_of(count=50)), plain)


def test_without_the_extra_it_is_named(tmp_path, monkeypatch):
    file = written(tmp_path, model(lstm))
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match=r'pip install "nerode\[onnx\]"'):
        import_weights(file, wanted("lstm"))
