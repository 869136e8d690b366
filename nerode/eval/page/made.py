"""How an automaton was extracted, as plain JSON: what its file keeps, and what a page tells of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from nerode.eval.page.content import Shown
from nerode.eval.report import finite
from nerode.extraction.loop import Extraction


def made(result: Extraction) -> dict[str, Any]:
    """Return what is known of an extraction, but for the automaton: its limits, its verdicts, its rounds and its searches."""
    verdicts = {
        name: None if verdict is None else asdict(verdict) | {"epsilon": verdict.epsilon}
        for name, verdict in (("verdict", result.verdict), ("verdict_random", result.verdict_random))
    }
    curve = None
    if result.curve is not None:
        sizes = [asdict(size) for size in result.curve.sizes]
        curve = {"singular_values": result.curve.singular_values.tolist(), "sizes": sizes}
    found = {
        "method": result.method,
        "seed": result.seed,
        "stop_reason": result.stop_reason,
        "queries": result.queries,
        "seconds": round(result.seconds, 3),
        **verdicts,
        "left_out": list(result.left_out),
        "searched": [asdict(effort) for effort in result.searches],
        "chosen": asdict(result.chosen),
        "rounds": [asdict(done) for done in result.rounds],
        "curve": curve,
    }
    return finite(found)  # type: ignore[no-any-return]


def of_another_size(made: dict[str, Any]) -> dict[str, Any]:
    """Return what of this is true of an automaton of another size too, which the same extraction made."""
    own = ("verdict", "verdict_random", "rounds", "chosen", "curve", "searched")
    return {name: value for name, value in made.items() if name not in own}


def shown_of(result: Extraction, name: str, origin: dict[str, Any]) -> list[Shown]:
    """Return the automata of an extraction for a page: that which it hands back, and those of other sizes.

    Parameters
    ----------
    origin : how the automaton was extracted, see `made`
    """
    shown = [Shown(name, result.automaton, origin)]
    for each in result.sizes:
        if each.automaton is not result.automaton:
            shown.append(Shown(f"{name}.{each.states}", each.automaton, of_another_size(origin)))
    return shown
