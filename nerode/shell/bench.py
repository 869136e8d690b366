"""`nerode bench`: every method on every teacher of a suite, kept in a file, told in tables, compared with older results."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from nerode.benchmarking.bench import Bench, bench, is_store, stored
from nerode.benchmarking.suite import EXAMPLE, text_of
from nerode.benchmarking.tables import check_format
from nerode.errors import InputError
from nerode.shell.common import Answer
from nerode.shell.console import DONE, STOPPED, Status, uninterrupted


def run(options: Namespace, status: Status) -> Answer:
    """Every method on every teacher of a suite."""
    if options.example:
        example = text_of(options.suite or EXAMPLE)
        return DONE, {"suite": example}, example.rstrip("\n")
    if options.out is not None:
        check_format(options.out)
    if options.compare is not None:
        return _compared(options)
    if options.suite is None:
        raise InputError("name a suite; `nerode bench --example` prints one to begin with")
    if is_store(options.suite) and (options.store or options.data):
        raise InputError(f"{options.suite} is a file of results, which is only read; leave --store and --data out")
    found = bench(
        options.suite, options.store, data=options.data, jobs=options.jobs, seed=options.seed, retry=options.retry,
        progress=status.show,
    )  # fmt: skip
    text = [found.table(), *_written(found, options)]
    if found.unfinished:
        text.append("Interrupted; the same command goes on where it was.")
    return STOPPED if found.unfinished else DONE, found.to_json(), "\n".join(text)


def _compared(options: Namespace) -> Answer:
    if options.suite is not None or options.plots is not None:
        raise InputError("--compare takes two files of results; leave the suite and --plots out")
    older, newer = map(Path, options.compare)
    change = stored(newer).compare(older)
    said = [str(change)]
    if options.out is not None:
        with uninterrupted():
            change.save(options.out)
        said.append(f"Table in {options.out}.")
    return DONE, change.to_json(), "\n".join(said)


def _written(found: Bench, options: Namespace) -> list[str]:
    """Write what is asked for, and say where it is."""
    said = []
    with uninterrupted():
        if options.out is not None:
            found.save(options.out)
            said.append(f"Tables in {options.out}.")
        if options.plots is not None:
            said.append(f"Pictures in {options.plots}: {', '.join(path.name for path in found.plots(options.plots))}.")
    return said
