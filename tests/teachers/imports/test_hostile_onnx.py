"""Damaged and hostile ONNX files: a sentence, and nothing outside the file is run or read."""

import json

import numpy as np
import pytest
from thorough import times

from nerode.errors import InputError
from nerode.teachers import onnx_network
from nerode.teachers.checkpoints import load_teacher
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.weights import import_weights

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from models.onnx_files import LETTERS, READ, WHOLE, Maker, bag, lstm, model  # noqa: E402
from models.onnx_refused import outside, refusal  # noqa: E402
from onnx import TensorProto, helper  # noqa: E402
from shell import run  # noqa: E402

DAMAGED = times(60, 1200)


def external(location, **more):
    """A model whose first weights are in another file."""
    made = model(lstm)
    tensor = made.graph.initializer[0]
    length = len(tensor.raw_data)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "offset": "0", "length": str(length), **more}.items():
        tensor.external_data.add(key=key, value=value)
    return made


def test_weights_are_only_read_from_files_beside_the_model(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(1000))
    (folder / "link").symlink_to(secret)
    (folder / "inner").mkdir()
    (folder / "inner" / "weights").write_bytes(bytes(1000))
    for location in ("../secret", str(secret), "link", "inner/weights", "..", "", "own\x1b.data/../../secret", "C:\\secret"):
        assert "only files beside it are read" in refusal(folder / "own.onnx", external(location))
    for location in ("missing", "inner"):
        assert "which is not beside it" in refusal(folder / "own.onnx", external(location))
    (folder / "weights").write_bytes(bytes(10))
    assert "claims more weights than weights holds" in refusal(folder / "own.onnx", external("weights"))
    assert "claims more" in refusal(folder / "own.onnx", external("weights", offset="-5", length="5"))
    assert "does not say in numbers" in refusal(folder / "own.onnx", external("weights", offset="x"))


def custom(make, domain="org.evil", kind="Run"):
    return make.linear(
        make.node(kind, make.node("ReduceMean", make.embedding("tokens"), axes=[1], keepdims=0), domain=domain), 3, 2
    )


@pytest.mark.parametrize(
    ("domain", "kind"), [("org.evil\x1b[1m", "Run"), ("com.microsoft", "PythonOp"), ("ai.onnx.contrib", "PyOp")]
)
def test_custom_operators_are_refused(tmp_path, domain, kind):
    made = model(lambda make: custom(make, domain, kind))
    made.opset_import.append(helper.make_opsetid(domain, 1))
    assert "and nerode runs no custom operators" in refusal(tmp_path / "own.onnx", made)


def test_custom_operators_in_inner_graphs_are_refused(tmp_path):
    def branched(make):
        answers = bag(make)
        inner = Maker()
        out = helper.make_tensor_value_info("out", TensorProto.FLOAT, None)
        graphs = {
            name: helper.make_graph([helper.make_node(kind, [answers], ["out"], domain=domain)], name, [], [out], inner.weights)
            for name, kind, domain in (("then_branch", "Run", "org.evil"), ("else_branch", "Identity", ""))
        }
        return make.node("If", np.array(False), **graphs)

    assert "has the operator Run of the domain org.evil" in refusal(tmp_path / "own.onnx", model(branched))


def with_function(make, domain="own", kind="F", default=None, nodes=None):
    """A model with a function of its own, with a default for an attribute."""
    answers = make.node(kind, bag(make), domain=domain)
    made = make.model(answers)
    nodes = nodes or [helper.make_node("Identity", ["x"], ["y"])]
    function = helper.make_function(domain, kind, ["x"], ["y"], nodes, [helper.make_opsetid("", 17)])
    if default is not None:
        function.attribute_proto.append(helper.make_attribute("given", default))
    made.functions.append(function)
    made.opset_import.append(helper.make_opsetid(domain, 1))
    return made


def inner_graph(*nodes, weights=()):
    return helper.make_graph(nodes, "inner", [], [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)], weights)


def constant_of_default():
    """The nodes of a function that adds its default."""
    constant = helper.make_node("Constant", [], ["c"])
    constant.attribute.add(name="value", ref_attr_name="given", type=onnx.AttributeProto.TENSOR)
    return [constant, helper.make_node("Add", ["x", "c"], ["y"])]


def test_defaults_of_functions_are_looked_at(tmp_path, capsys, monkeypatch):
    """onnxruntime would look for their weights in the current folder."""
    folder, elsewhere = tmp_path / "model", tmp_path / "elsewhere"
    for place, content in ((folder, [1, 2, 3]), (elsewhere, [7, 8, 9])):
        (place / "inner").mkdir(parents=True)
        for file in (place / "weights", place / "inner" / "weights"):
            file.write_bytes(np.array(content, np.float32).tobytes())
    monkeypatch.chdir(elsewhere)
    file = folder / "own.onnx"
    for default in (outside("inner/weights"), inner_graph(weights=[outside("inner/weights")])):
        assert "only files beside it are read" in refusal(file, with_function(Maker(), default=default))
    evil = inner_graph(helper.make_node("Inverse", ["x"], ["out"], domain="com.microsoft"))
    assert "has the operator Inverse of the domain com.microsoft" in refusal(file, with_function(Maker(), default=evil))
    plain = Wanted(LETTERS, task="scores")
    file.write_bytes(with_function(Maker()).SerializeToString())
    before = import_weights(file, plain).model.teacher.scores([(0,), (1, 2)])
    file.write_bytes(with_function(Maker(), default=outside("weights"), nodes=constant_of_default()).SerializeToString())
    done = run(capsys, "import", file, "--alphabet", LETTERS, "--task", "scores", "--out", tmp_path / "own")
    assert done.code == 0, done.err
    (folder / "weights").unlink()
    np.testing.assert_allclose(load_teacher(tmp_path / "own").scores([(0,), (1, 2)]) - before, [[1, 2, 3]] * 2, atol=1e-5)


@pytest.mark.parametrize("domain", ["", "ai.onnx", "ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc"])
def test_functions_with_the_names_of_operators_of_onnxruntime_are_refused(tmp_path, domain):
    assert "whose operators are those of onnxruntime" in refusal(tmp_path / "own.onnx", with_function(Maker(), domain, "Trilu"))


def test_functions_of_exporters_are_run(tmp_path):
    for domain in ("pkg.onnxscript.torch_lib", "pkg.torch.2.9", "com.microsofter"):
        file = tmp_path / "own.onnx"
        file.write_bytes(with_function(Maker(), domain, default=1).SerializeToString())
        found = import_weights(file, Wanted(LETTERS))
        np.testing.assert_allclose(found.model.teacher.scores([(0, 1)]).shape, (1, 3))


def looping(make):
    """A loop of 2⁶² rounds."""
    nodes = [helper.make_node("Identity", ["go"], ["more"]), helper.make_node("Identity", ["state"], ["next"])]
    state, go, more = ("state", TensorProto.FLOAT, None), ("go", TensorProto.BOOL, []), ("more", TensorProto.BOOL, [])
    given, made = (
        [helper.make_tensor_value_info(*info) for info in infos]
        for infos in ((("round", TensorProto.INT64, []), go, state), (more, ("next", TensorProto.FLOAT, None)))
    )
    body = helper.make_graph(nodes, "body", given, made)
    return make.node("Loop", np.array(2**62), np.array(True), bag(make), body=body)


def test_models_without_an_output_or_of_operators_without_inputs_are_refused(tmp_path):
    made = model(lstm)
    del made.graph.output[:]
    assert "it has no input, or no output" in refusal(tmp_path / "own.onnx", made)
    made = model(bag)
    del made.graph.node[-1].input[:]
    assert "onnxruntime does not compute it" in refusal(tmp_path / "own.onnx", made)


def test_a_model_that_never_answers_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_network, "SECONDS", 0.05)
    said = refusal(tmp_path / "own.onnx", model(looping))
    assert "onnxruntime cannot compute it (it has no answer after 0.05 seconds)" in said


def test_what_is_no_onnx_model_is_refused(tmp_path, capsys):
    for content in (b"", b"\x08\x08", b"no model", bytes(1000)):
        refusal(tmp_path / "own.onnx", content)
    done = run(capsys, "import", tmp_path / "own.onnx", "--alphabet", LETTERS, "--out", tmp_path / "out")
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", [b"tokens", b"Gemm"])
def test_names_that_are_no_text_are_refused(tmp_path, name):
    content = model(lstm).SerializeToString().replace(name, b"\xc9" + name[1:])
    assert "is no text" in refusal(tmp_path / "own.onnx", content)


def test_models_whose_answers_are_no_scores_are_refused(tmp_path):
    def nothing(make):
        return make.node("Div", bag(make), make.node("Sub", np.float32(1), np.float32(1)))

    assert "no finite number" in refusal(tmp_path / "own.onnx", model(nothing))
    assert "no score of each word" in refusal(tmp_path / "own.onnx", model(lambda make: make.node("ReduceSum", bag(make))))


def test_a_checkpoint_directory_is_looked_at_again(tmp_path, capsys):
    """The model inside may have been exchanged."""
    file = tmp_path / "own.onnx"
    onnx.save(model(bag), file)
    done = run(capsys, "import", file, "--alphabet", LETTERS, "--task", "classifier", "--out", tmp_path / "own")
    assert done.code == 0, done.err
    from safetensors.torch import load_file, save_file
    from torch import frombuffer, uint8

    description = tmp_path / "own" / "teacher.json"
    whole = json.loads(description.read_text())
    evil = model(lambda make: custom(make)).SerializeToString()
    weights = load_file(tmp_path / "own" / "weights.safetensors")
    save_file(weights | {"model": frombuffer(bytearray(evil), dtype=uint8)}, tmp_path / "own" / "weights.safetensors")
    for change, said in (
        ({"size": len(evil)}, "runs no custom operators"),
        ({}, "does not fit teacher.json"),
        ({"numbers": [0, 1, 2, -1]}, "must be numbers that it reads"),
        ({"size": 10**15}, "does not fit teacher.json"),
        ({"batch": "many"}, "must be whole numbers"),
        ({"batch": 10**6}, "at most 256 words at once"),
        ({"vectors": 10**6}, "vectors of 10,000 tokens"),
    ):
        description.write_text(json.dumps(whole | {"architecture": whole["architecture"] | change}))
        with pytest.raises(InputError, match=said):
            load_teacher(tmp_path / "own")


def test_damaged_files_are_refused_or_proved_right(tmp_path):
    """What is read gives the answers of onnxruntime to the damaged file."""
    rng = np.random.default_rng(0)
    builds = [*READ.values(), *WHOLE]
    words = [tuple(rng.integers(len(LETTERS), size=length).tolist()) for length in rng.integers(1, 9, 20)]
    imported = 0
    for number in range(DAMAGED):
        build = builds[number % len(builds)]
        whole = model(build).SerializeToString()
        damaged = bytearray(whole)
        for place in rng.integers(len(whole), size=3):
            damaged[place] = rng.integers(256)
        file = tmp_path / "own.onnx"
        file.write_bytes(bytes(damaged[: rng.integers(len(whole)) if rng.random() < 0.2 else None]))
        try:
            found = import_weights(file, Wanted(LETTERS, task="scores"))  # a function at the end belongs to the answers
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017 - many are refused, and some are harmless
            continue
        imported += 1
        session = onnxruntime.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])
        given = session.get_inputs()[0].name
        for word, score in zip(words, found.model.teacher.scores(words), strict=True):
            tokens = np.array([word])
            answer = session.run(None, {given: tokens.T if build is READ["time first"] else tokens})[0]
            answer = answer[0, -1] if answer.ndim == 3 else answer[0]
            np.testing.assert_allclose(score, answer, rtol=0, atol=2e-5 * max(1, np.abs(answer).max()))
    assert imported >= DAMAGED / 20
