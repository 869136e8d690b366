"""Imports run one way, and heavy ones wait until they are needed.

The import statements are read, not run, those inside functions included: a wrong one is found wherever it hides.
"""

import ast
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import nerode
from nerode.extraction.methods import METHODS

PACKAGE = Path(nerode.__file__).parent
HEAVY = ("torch", "numba", "numpy", "scipy", "networkx", "pygraphviz", "safetensors", "transformers", "tokenizers")

# words, errors < links, protocols, … < automata < grammars < {datasets, teachers, extraction} < eval < cli; the package itself,
# whose names lead everywhere, comes last
LAYERS = (
    ("version", "words", "errors"),
    (
        "domains",
        "links",
        "plain",
        "protocols",
        "arrays",
        "compiled",
        "tries",
        "stepping",
        "checking",
        "rounding",
        "sampling",
        "files",
        "answers",
        "asking",
        "tags",
        "looking",
        "functions",
        "threads",
    ),
    ("automata",),
    ("grammars",),
    ("students",),
    ("datasets", "teachers", "extraction", "guidance"),
    ("distillation",),
    ("eval",),
    ("compression",),
    ("benchmarking", "zoo"),
    ("shell",),
    ("cli", "__main__", "__init__"),
)
LAYER_OF = {part: layer for layer, parts in enumerate(LAYERS) for part in parts}
APART = {"datasets", "teachers", "extraction", "guidance"}


def module_name(file):
    return ".".join(["nerode", *file.relative_to(PACKAGE).with_suffix("").parts]).removesuffix(".__init__")


MODULES = {module_name(file): file for file in sorted(PACKAGE.rglob("*.py"))}


OPTIONAL = {
    "aalpy",
    "transformers",
    "tokenizers",
    "huggingface_hub",
    "onnx",
    "onnxruntime",
    "h5py",
    "sentencepiece",
    "pygraphviz",
    "pandas",
    "sklearn",
}


def for_annotations_only(tree):
    """The statements below `if TYPE_CHECKING:`."""
    guarded = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    return {inner for node in guarded for statement in node.body for inner in ast.walk(statement)}


@cache
def tree_of(name):
    """The statements of a module."""
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


@cache
def importing(name):
    """All import statements of a module."""
    return [node for node in ast.walk(tree_of(name)) if isinstance(node, ast.Import | ast.ImportFrom)]


def imports(name, annotations):
    """Absolute names that a module imports, in all of its statements; with those for annotations only or without."""
    left_out = set() if annotations else for_annotations_only(tree_of(name))
    for node in importing(name):
        if node in left_out:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} has a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module


def part_of(name):
    """The part of the package that a module belongs to."""
    pieces = name.split(".")
    return pieces[1] if len(pieces) > 1 else "__init__"


OWN = {name: sorted({other for other in imports(name, True) if other.split(".")[0] == "nerode"}) for name in MODULES}


def test_there_is_something_to_read():
    assert {"nerode", "nerode.words", "nerode.automata.dfa", "nerode.extraction.loop", "nerode.cli"} <= set(MODULES)
    assert "nerode.extraction.methods" in OWN["nerode.extraction.loop"]
    assert {listing.module for listing in METHODS.values()} <= set(MODULES)
    assert "nerode.eval.results" in OWN["nerode"]  # below TYPE_CHECKING


def test_every_folder_with_modules_is_a_package():
    """A folder without an `__init__.py` would be left out of what is installed."""
    folders = {path.parent for path in MODULES.values()}
    assert len(folders) > 20
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_every_part_has_its_place():
    assert {part_of(name) for name in MODULES} == set(LAYER_OF)


def test_imports_run_one_way():
    pairs = [(name, other, part_of(name), part_of(other)) for name in MODULES for other in OWN[name]]
    above = [(name, other) for name, other, part, its in pairs if LAYER_OF[its] > LAYER_OF[part]]
    assert not above, "the first imports the second, which is above it"
    beside = [(name, other) for name, other, part, its in pairs if {part, its} <= APART and its != part]
    assert not beside, "the first imports the second, which it must not know"


def test_no_module_needs_itself():
    needed = {name: {other for other in imports(name, False) if other in MODULES} for name in MODULES}
    needed["nerode.extraction.methods"] |= {listing.module for listing in METHODS.values()}
    needed["nerode.cli"].discard("nerode")  # only the version number
    assert set(TopologicalSorter(needed).static_order()) >= set(MODULES)


def test_not_even_annotations_refer_in_a_circle():
    """But in the two tables of names that are looked up when they are needed."""
    lazy = {"nerode", "nerode.extraction.methods"}
    referred = {name: {other for other in imports(name, True) if other in MODULES} for name in MODULES if name not in lazy}
    assert set(TopologicalSorter(referred).static_order()) >= set(MODULES) - lazy


# inside extraction: the Hankel core < what all methods share < the methods < their table and the loop
FLOORS = (
    ("hankel",),
    {
        *(
            "budget",
            "meter",
            "curve",
            "digits",
            "held_out",
            "knee",
            "ledger",
            "loss_kernels",
            "losses",
            "method",
            "progress",
            "reasons",
        ),
        *("sizes", "source", "verdict"),
    },
    ("spectral", "probabilistic", "passive"),
    ("queries",),
    ("pushdown", "patterns"),
    ("methods",),
    ("arguments", "extracted"),
    ("loop",),
    ("history",),
)
FLOOR_OF = {part: floor for floor, parts in enumerate(FLOORS) for part in parts}


def test_imports_inside_extraction_run_one_way():
    inside = [name for name in MODULES if name.startswith("nerode.extraction.")]
    above = [
        (name, other)
        for name in inside
        for other in set(OWN[name]) & set(inside)
        if FLOOR_OF[other.split(".")[2]] > FLOOR_OF[name.split(".")[2]] and name != "nerode.extraction.methods"
    ]
    assert not above, "the first imports the second, which is above it"


def foreign(name):
    """The packages that a module imports anywhere."""
    return {other.split(".")[0] for other in imports(name, True)}


def test_torch_is_known_to_the_teachers_alone():
    assert [name for name in MODULES if part_of(name) != "teachers" and foreign(name) & {"torch", "safetensors"}] == []
    assert "torch" in foreign("nerode.teachers.training")


def outside_functions(tree):
    """The nodes of a module that are in no function."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            waiting += ast.iter_child_nodes(node)


def foreign_at_once(name):
    """The packages that a module imports when it is imported itself, and not in a function or for annotations only."""
    tree = tree_of(name)
    for node in set(outside_functions(tree)) - for_annotations_only(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0]


def test_optional_packages_are_imported_when_they_are_needed():
    assert [name for name in MODULES if set(foreign_at_once(name)) & OPTIONAL] == []


def test_scipy_stats_is_left_alone():
    """To import it takes a third of what a command needs to begin; scipy.special has the functions."""
    assert [name for name, file in MODULES.items() if "scipy.stats" in file.read_text(encoding="utf-8")] == []


def test_modules_are_imported_by_name_only_at_the_entrances():
    """A statement can be read; what a function imports by name cannot."""
    inner = [name for name in MODULES if part_of(name) not in ("__init__", "cli") and name != "nerode.extraction.methods"]
    assert [name for name in inner if "importlib" in foreign(name)] == []
    assert [name for name, file in MODULES.items() if "__import__" in file.read_text(encoding="utf-8")] == []


def heavy_after(code):
    """Which heavy packages a fresh interpreter has loaded after running the code."""
    report = f"import sys\nprint('loaded:', *(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()[1:], done.stdout


@pytest.mark.parametrize("code", ["import nerode", "import nerode.cli", "import nerode; nerode.__version__; dir(nerode)"])
def test_importing_the_package_loads_nothing_heavy(code):
    assert heavy_after(code)[0] == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["extract", "--help"], ["extract"]])
def test_help_loads_nothing_heavy(arguments):
    code = f"from nerode.cli import main\ntry:\n    main({arguments!r})\nexcept SystemExit:\n    pass"
    loaded, output = heavy_after(code)
    assert loaded == []
    assert "nerode" in output or arguments == ["extract"]


def test_torch_is_not_loaded_where_no_network_is_asked():
    parts = ("automata.loading", "datasets.languages", "extraction.loop", "eval.report", "shell.inspect", "shell.eval")
    assert "torch" not in heavy_after("\n".join(f"import nerode.{part}" for part in parts))[0]


def test_commands_that_ask_no_network_do_not_load_torch(dfa):
    commands = [
        ["convert", dfa, "--out", dfa.with_suffix(".dot")],
        ["extract", dfa, "--method", "lstar", "--out", dfa.with_name("again.json")],
        ["eval", dfa, dfa],
        ["inspect", dfa],
    ]
    lines = [f"assert main({[*map(str, command)]}) == 0" for command in commands]
    lines.append("assert main(['extract', 'nothing']) == 2")
    assert "torch" not in heavy_after("\n".join(["from nerode.cli import main", *lines]))[0]


def test_public_names_are_there_and_others_are_not():
    for name in nerode.__all__:
        assert getattr(nerode, name).__name__ == name
        assert name in dir(nerode)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        nerode.nonsense  # noqa: B018


def test_names_for_type_checkers_are_those_that_are_looked_up():
    tree = tree_of("nerode")
    declared = {
        alias.asname: node.module
        for node in for_annotations_only(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert declared == nerode._HOME
