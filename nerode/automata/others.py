"""DFAs as objects of other libraries, and back: automata-lib, AALpy and pyformlang.

A library is imported only by the function that makes its object. Objects are read by their attributes, so nothing is imported.
Letters that are no text become text. Sets of letters have no order, so their letters are sorted.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from nerode.automata.dfa import DFA
from nerode.automata.formats.machine import EPSILON, Machine, deterministic, outputs
from nerode.automata.formats.transducer import mealy
from nerode.automata.loading import automaton_of
from nerode.automata.mealy import Mealy
from nerode.errors import InputError

Steps = list[tuple[Hashable, Any, Hashable]]
"""Transitions: source, letter or None, and target."""


def to_automata_lib(dfa: DFA) -> Any:
    """Return an `automata.fa.dfa.DFA` with the same states and letters.

    Raises
    ------
    InputError : more than two classes, or automata-lib is not installed
    """
    _check_two(dfa, "automata-lib")
    try:
        from automata.fa.dfa import DFA as Theirs
    except ImportError as error:
        raise _absent("automata-lib") from error
    return Theirs(
        states=set(range(dfa.states)),
        input_symbols=set(dfa.alphabet),
        transitions={i: dict(zip(dfa.alphabet, row, strict=True)) for i, row in enumerate(dfa.transitions.tolist())},
        initial_state=int(dfa.initial),
        final_states={i for i, label in enumerate(dfa.labels.tolist()) if label},
    )


def from_automata_lib(automaton: Any) -> DFA:
    """Return the DFA of an `automata.fa.dfa.DFA` or `NFA`, which may be incomplete.

    Raises
    ------
    InputError : another object, or too many states
    """
    initial, final, table, letters, states = _attributes(
        automaton, "automata-lib", "initial_state", "final_states", "transitions", "input_symbols", "states"
    )
    steps: Steps = []
    several = any(kind.__name__ == "NFA" for kind in type(automaton).__mro__)  # states may be sets too, so values do not say it
    for source, row in table.items():
        for letter, targets in row.items():
            reached = targets if several else [targets]
            steps += [(source, letter if letter != "" else None, target) for target in reached]
    return _read(sorted(states, key=_order), [initial], {state: int(state in final) for state in states}, _sorted(letters), steps)


def to_aalpy(automaton: DFA | Mealy) -> Any:
    """Return an `aalpy.automata.Dfa`, for more than two classes a `MooreMachine` with classes as outputs, or a `MealyMachine`.

    The initial state comes first; states are named `s0`, `s1`, …

    Raises
    ------
    InputError : an automaton of another kind, or AALpy is not installed
    """
    try:
        from aalpy.automata import Dfa, MealyMachine, MooreMachine
    except ImportError as error:
        raise _absent("AALpy") from error
    if not isinstance(automaton, DFA | Mealy):
        raise InputError(f"AALpy gets DFAs and Mealy machines, and this is a {type(automaton).__name__}")
    rows = automaton.transitions.tolist()
    order = [int(automaton.initial), *(i for i in range(automaton.states) if i != automaton.initial)]
    steps = {i: {a: f"s{j}" for a, j in zip(automaton.alphabet, rows[i], strict=True)} for i in order}
    if isinstance(automaton, Mealy):
        outs = automaton.outputs.tolist()
        pairs = {i: {a: (out, j) for (a, j), out in zip(steps[i].items(), outs[i], strict=True)} for i in order}
        return MealyMachine.from_state_setup({f"s{i}": pairs[i] for i in order})
    labels = automaton.labels.tolist()
    if automaton.classes == 2:
        return Dfa.from_state_setup({f"s{i}": (labels[i] == 1, steps[i]) for i in order})
    return MooreMachine.from_state_setup({f"s{i}": (labels[i], steps[i]) for i in order})


def from_aalpy(automaton: Any) -> DFA | Mealy:
    """Return the DFA of an `aalpy.automata.Dfa` or `MooreMachine`, or the `Mealy` of a `MealyMachine`.

    Outputs become classes as `outputs` says.

    Raises
    ------
    InputError : another object, or a Moore or Mealy machine that is not complete
    """
    initial, states = _attributes(automaton, "AALpy", "initial_state", "states")
    _attributes(initial, "AALpy", "transitions")
    steps: Steps = [(id(state), letter, id(target)) for state in states for letter, target in state.transitions.items()]
    letters = list(dict.fromkeys(letter for _, letter, _ in steps))
    if all(hasattr(state, "is_accepting") for state in states):
        return _read([id(state) for state in states], [id(initial)], {id(s): int(s.is_accepting) for s in states}, letters, steps)
    if all(hasattr(state, "output_fun") for state in states):
        if not all(state.transitions.keys() <= state.output_fun.keys() for state in states):
            raise InputError("a Mealy machine of AALpy has a transition without an output")
        number = {id(state): i for i, state in enumerate(states)}
        arrows = [
            (number[id(state)], str(letter), str(state.output_fun[letter]), number[id(target)])
            for state in states
            for letter, target in state.transitions.items()
        ]
        machine = automaton_of(mealy(len(states), [number[id(initial)]], arrows))
        assert isinstance(machine, Mealy)
        return machine
    if not all(hasattr(state, "output") for state in states):
        raise InputError(f"only Dfa, MooreMachine and MealyMachine of AALpy are read, not {type(automaton).__name__}")
    said = outputs([str(state.output) for state in states])
    found = dict(zip(map(id, states), said.labels, strict=True))
    return _read([id(state) for state in states], [id(initial)], found, letters, steps, said.classes, said.told)


def to_pyformlang(dfa: DFA) -> Any:
    """Return a `pyformlang.finite_automaton.DeterministicFiniteAutomaton` with the same states and letters.

    Raises
    ------
    InputError : more than two classes, the letter `epsilon`, or pyformlang is not installed
    """
    _check_two(dfa, "pyformlang")
    if "epsilon" in dfa.alphabet.symbols:
        raise InputError("pyformlang reads `epsilon` as nothing, so it cannot be a letter there; rename it")
    try:
        from pyformlang.finite_automaton import DeterministicFiniteAutomaton, State, Symbol
    except ImportError as error:
        raise _absent("pyformlang") from error
    states, letters = [State(i) for i in range(dfa.states)], [Symbol(symbol) for symbol in dfa.alphabet]
    accepting = {state for state, label in zip(states, dfa.labels.tolist(), strict=True) if label}
    made = DeterministicFiniteAutomaton(set(states), set(letters), start_state=states[dfa.initial], final_states=accepting)
    for state, row in zip(states, dfa.transitions.tolist(), strict=True):
        for letter, target in zip(letters, row, strict=True):
            made.add_transition(state, letter, states[target])
    return made


def from_pyformlang(automaton: Any) -> DFA:
    """Return the DFA of a finite automaton of pyformlang, which may be incomplete or nondeterministic.

    Raises
    ------
    InputError : another object, or too many states
    """
    initial, final, letters, states = _attributes(automaton, "pyformlang", "start_states", "final_states", "symbols", "states")
    steps: Steps = [(i, None if a.value == "epsilon" else a.value, j) for i, a, j in automaton]
    labels = {state: int(state in final) for state in states}
    names = [letter.value for letter in letters if letter.value != "epsilon"]
    return _read(sorted(states, key=lambda state: _order(state.value)), list(initial), labels, _sorted(names), steps)


def _read(
    states: list[Any],
    initial: list[Any],
    labels: dict[Any, int],
    letters: list[Any],
    steps: Steps,
    classes: int = 2,
    told: str = "",
) -> DFA:
    number = {state: i for i, state in enumerate(states)}
    index = {letter: i for i, letter in enumerate(letters)}
    if not all(j in number for _, _, j in steps):
        raise InputError("a transition leads to something that is no state; only DFAs, NFAs and Moore machines are read")
    edges = tuple((number[i], EPSILON if a is None else index[a], number[j]) for i, a, j in steps)
    alphabet = tuple(map(str, letters))
    machine = Machine(
        alphabet, tuple(number[state] for state in initial), tuple(labels[state] for state in states), edges, classes
    )
    read = automaton_of(deterministic(machine, told))
    assert isinstance(read, DFA)
    return read


def _attributes(value: Any, library: str, *names: str) -> list[Any]:
    if isinstance(value, type):
        raise InputError(f"{value.__name__} is a class; a finite automaton of {library} is expected")
    if missing := [name for name in names if not hasattr(value, name)]:
        raise InputError(f"{type(value).__name__} is no finite automaton of {library}: it has no attribute {missing[0]!r}")
    return [getattr(value, name) for name in names]


def _order(state: Any) -> tuple[int, int, str]:
    """Return the sorting key of a state: numbers first."""
    return (0, state, "") if isinstance(state, int) else (1, 0, repr(state))


def _sorted(letters: Iterable[Any]) -> list[Any]:
    return sorted(letters, key=lambda letter: (len(str(letter)), str(letter)))


def _check_two(dfa: DFA, library: str) -> None:
    if not isinstance(dfa, DFA):
        raise InputError(f"{library} gets DFAs, and this is a {type(dfa).__name__}")
    if dfa.classes > 2:
        raise InputError(f"a DFA of {library} accepts or rejects, and this one has {dfa.classes} classes")


def _absent(library: str) -> InputError:
    return InputError(f"{library} cannot be imported; install it with: pip install {library.lower()}")
