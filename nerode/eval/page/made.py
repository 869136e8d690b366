"""How an automaton was extracted, as plain JSON: what its file keeps, and what a page tells of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

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
