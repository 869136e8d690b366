"""`nerode zoo`: networks of many kinds made from recipes, their list, how hard they are, and those that may be handed on."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nerode.automata.diagram import counted
from nerode.errors import InputError
from nerode.eval.frames import lines_of
from nerode.files import check_writable, write_whole
from nerode.shell.common import Answer, check_picture, drawn_to
from nerode.shell.console import DONE, STOPPED, Status, uninterrupted
from nerode.shell.datasets import made_folder
from nerode.zoo.networks import is_made, networks_in, picture_of, table
from nerode.zoo.recipes import RECIPES, Recipe, chosen

USED = {
    "make": ("out", "only", "data", "effort"),
    "list": ("zoo", "plot"),
    "measure": ("zoo", "only", "data", "effort"),
    "pack": ("zoo", "out", "only"),
}
"""The options of each action; the first is needed, but by a list, which is then one of the recipes."""


def run(options: Namespace, status: Status) -> Answer:
    """Make, list, measure or pack."""
    used = USED[options.action]
    given = {name: getattr(options, name) for names in USED.values() for name in names}
    if wrong := [name for name, value in given.items() if value is not None and name not in used]:
        wrong_name = "the folder" if wrong[0] == "zoo" else f"--{wrong[0]}"
        raise InputError(f"{wrong_name} is no option of nerode zoo {options.action}; leave it out")
    if options.action == "list" and options.zoo is None:
        if options.plot is not None:
            raise InputError("a picture is drawn of networks that are there; name their folder: nerode zoo list DIR --plot FILE")
        return _recipes()
    if given[used[0]] is None:
        raise InputError(f"name the folder of the zoo: nerode zoo {options.action} {'--out ' * (used[0] == 'out')}DIR")
    action: Callable[[Namespace, Status], Answer] = {
        "make": _make, "list": _list, "measure": _measure, "pack": _pack
    }[options.action]  # fmt: skip
    return action(options, status)


def _make(options: Namespace, status: Status) -> Answer:
    from nerode.eval.difficulty import EFFORT  # here, because torch takes long to import and a list needs none
    from nerode.zoo.making import make_all

    recipes = chosen(options.only or ())
    made_folder(options.out)
    made: dict[str, float] = {}
    kept: list[str] = []
    skipped: dict[str, str] = {}
    begun, interrupted = time.perf_counter(), False
    try:
        strict, effort = options.only is not None, options.effort or EFFORT
        for done, outcome in enumerate(make_all(recipes, options.data, options.out, status.show, strict, effort), 1):
            if outcome.skipped is not None:
                skipped[outcome.name] = outcome.skipped
                status.say(f"{outcome.name}: left out, since {outcome.skipped}")
            elif outcome.seconds is None:
                kept.append(outcome.name)
            else:
                made[outcome.name] = outcome.seconds
                left = _left(made, recipes[done:], options.out)
                status.say(f"{outcome.name}: made in {_said(outcome.seconds)}; {done} of {len(recipes)}{left}")
    except KeyboardInterrupt:
        if not made:
            raise
        interrupted = True
    seconds = time.perf_counter() - begun
    answer = {
        "zoo": str(options.out), "made": made, "kept": kept, "skipped": skipped, "seconds": seconds, "interrupted": interrupted
    }  # fmt: skip
    text = [
        f"{counted(len(made), 'network')} made in {_said(seconds)}, {len(kept)} there before, {len(skipped)} left out",
        *(["interrupted; the same command goes on"] if interrupted else []),
        f"nerode zoo list {options.out} shows them",
    ]
    return STOPPED if interrupted else DONE, answer, "\n".join(text)


def _left(made: dict[str, float], recipes: tuple[Recipe, ...], out: Path) -> str:
    """What is left to do, in words; each network is thought to take as long as the mean of those made."""
    left = sum(not is_made(out / recipe.name) for recipe in recipes)
    return f"; about {_said(left * sum(made.values()) / len(made))} left" if left else ""


def _recipes() -> Answer:
    rows = [("network", "data", "architecture", "width", "layers", "letters", "steps")]
    rows += [
        (
            each.name, each.data, f"{each.arch}{', both directions' * each.bidirectional}", str(each.hidden), str(each.layers),
            "" if each.letters is None else str(each.letters), f"{each.steps:,}",
        )
        for each in RECIPES
    ]  # fmt: skip
    text = [
        *lines_of(rows, left=(0, 1, 2)),
        f"{len(RECIPES)} recipes; nerode zoo make --out DIR --only NAME,NAME makes some of them",
        "nerode datasets says which files the data need",
        "nerode zoo list DIR shows networks that are made",
    ]
    return DONE, {"recipes": [asdict(each) for each in RECIPES]}, "\n".join(text)


def _list(options: Namespace, status: Status) -> Answer:
    check_picture(options.plot)
    networks = networks_in(options.zoo)
    answer: dict[str, Any] = {"networks": networks}
    text = [
        *table(networks),
        "accuracy on held-out words, of the next symbol for language models; ! has learned nothing",
        "rank: singular values that explain 99 % of a Hankel block; states: of the smallest automaton with 1 % error",
        measured_with([card["difficulty"]["effort"] for card in networks], options.zoo),
        "3-grams err: of a student; near: decisions that are; follows: letters up to which it errs on 1 % of its known language",
    ]
    if options.plot is not None:
        text.append(drawn_to(options.plot, _Picture(networks), answer))
    return DONE, answer, "\n".join(text)


def measured_with(efforts: Sequence[float], zoo: Path) -> str:
    """What the numbers of difficulty may be compared by, in a sentence."""
    if len(different := sorted(set(efforts))) == 1:
        return f"states and 3-grams are by an effort of {different[0]:g} each"
    listed = ", ".join(f"{effort:g}" for effort in different)
    return f"states and 3-grams are by efforts of {listed}, so compare with care; nerode zoo measure {zoo} measures all alike"


class _Picture:
    def __init__(self, networks: list[dict[str, Any]]) -> None:
        self._networks = networks

    def plot(self) -> Any:
        return picture_of(self._networks)


def _measure(options: Namespace, status: Status) -> Answer:
    from nerode.eval.difficulty import EFFORT
    from nerode.zoo.making import remeasured

    wanted = [card["name"] for card in _wanted(options)]
    for done, name in enumerate(wanted, 1):
        status.show(f"{name}: measuring, {done} of {len(wanted)}")
        remeasured(options.zoo / name, options.data, options.effort or EFFORT)
    again = [card for card in networks_in(options.zoo) if card["name"] in wanted]
    return DONE, {"networks": again}, "\n".join(table(again))


def _wanted(options: Namespace) -> list[dict[str, Any]]:
    """The cards of the networks of a folder, or of those that --only names."""
    networks = networks_in(options.zoo)
    known = [card["name"] for card in networks]
    if unknown := [name for name in options.only or () if name not in known]:
        raise InputError(f"{options.zoo} has no network {unknown[0]!r}; it has {', '.join(known)}")
    return [card for card in networks if not options.only or card["name"] in options.only]


def _pack(options: Namespace, status: Status) -> Answer:
    from nerode.zoo.packing import LICENCES, packed

    if options.out is None:
        raise InputError("name the file of the networks: nerode zoo pack DIR --out zoo.zip")
    if options.out.suffix.lower() != ".zip":
        raise InputError(f"networks are packed into a .zip file, not into {options.out}")
    check_writable(options.out)
    found = packed(_wanted(options), options.zoo, status.show)
    with uninterrupted():
        write_whole(options.out, found.content)
    size = len(found.content)
    answer = {"out": str(options.out), "networks": list(found.networks), "left_out": found.left_out, "bytes": size}
    text = [f"{counted(len(found.networks), 'network')}, {size / 1e6:.2g} MB, in {options.out}; {LICENCES} in it names the data"]
    text += [f"left out, {licence}: {', '.join(names)}" for licence, names in _by_licence(found.left_out).items()]
    return DONE, answer, "\n".join(text)


def _by_licence(left_out: dict[str, str]) -> dict[str, list[str]]:
    return {licence: [name for name in left_out if left_out[name] == licence] for licence in dict.fromkeys(left_out.values())}


def _said(seconds: float) -> str:
    """A time in words: "12 s", "3 min", "1.5 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
