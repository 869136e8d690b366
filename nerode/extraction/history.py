"""The history of an automaton: how it was extracted, as plain JSON. Its file keeps it, and a page tells it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from nerode.extraction.extracted import Extraction
from nerode.plain import finite

COUNTEREXAMPLES = 200  # the last ones, which refuted the largest hypotheses


def history(result: Extraction) -> dict[str, Any]:
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
        "possible": getattr(result.teacher, "least", None),
        "top_k": _of_model(result, "top_k"),
        "top_p": _of_model(result, "top_p"),
        "stop_reason": result.stop_reason,
        "queries": result.queries,
        "seconds": round(result.seconds, 3),
        **verdicts,
        "counterexamples": [list(word) for word in result.counterexamples[-COUNTEREXAMPLES:]],
        "left_out": list(result.left_out),
        "searched": [asdict(effort) for effort in result.searches],
        "chosen": asdict(result.chosen),
        "rounds": [asdict(done) for done in result.rounds],
        "curve": curve,
    }
    return finite(found)  # type: ignore[no-any-return]


def _of_model(result: Extraction, name: str) -> Any:
    """What a teacher says, or the language model whose possible words it accepts."""
    return getattr(result.teacher, name, getattr(getattr(result.teacher, "base", None), name, None))


def of_another_size(known: dict[str, Any]) -> dict[str, Any]:
    """Return what of this is true of an automaton of another size too, which the same extraction made."""
    own = ("verdict", "verdict_random", "stop_reason", "rounds", "chosen", "curve", "searched")
    return {name: value for name, value in known.items() if name not in own}
