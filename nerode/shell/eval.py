"""`nerode eval`: how far an automaton agrees with a checkpoint."""

from __future__ import annotations

from argparse import Namespace

from nerode.datasets.readers import read_words
from nerode.errors import InputError
from nerode.eval.report import compare
from nerode.shell.common import Answer, automaton_beside, fresh_words, told_of, watched, within_reach
from nerode.shell.console import DONE, Status


def run(options: Namespace, status: Status) -> Answer:
    """How far an automaton agrees with a checkpoint, on given words and on fresh ones."""
    if options.like is not None and options.sample is None:
        raise InputError("--like says how long the fresh words of --sample shall be; give --sample N too")
    automaton, teacher = automaton_beside(options)
    reports = {}
    if options.words is not None:
        words, left_out = within_reach(read_words(options.words, teacher.alphabet)[0], teacher, options.words)
        if left_out:
            status.say(f"note: {left_out}")
        with watched(teacher, status, f"comparing on {len(words):,} words") as network:
            reports["given"] = compare(automaton, network, words, seed=options.seed)
    if options.sample is not None or not reports:
        count = options.sample or 1000
        with watched(teacher, status, f"comparing on {count:,} fresh words") as network:
            reports["fresh"] = compare(automaton, network, fresh_words(options, network, count), seed=options.seed)
    first, *others = reports.items()
    answer = {"automaton": str(options.automaton), "teacher": str(options.checkpoint), "source": first[0], **first[1].to_json()}
    told = list(filter(None, [told_of(teacher)]))
    answer |= {source: report.to_json() for source, report in others}
    return DONE, answer, "\n\n".join(told + [f"On {source} words:\n{report}" for source, report in reports.items()])
