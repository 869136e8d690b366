"""Trainings that are interrupted at a step, as by Ctrl-C."""

from nerode.teachers import training
from nerode.teachers.training import answers_at


def interrupted_at(step, monkeypatch):
    """Let the answer at this step of the next training be interrupted."""
    calls = []

    def answers(*arguments):
        calls.append(arguments)
        if len(calls) == step:
            raise KeyboardInterrupt
        return answers_at(*arguments)

    monkeypatch.setattr(training, "answers_at", answers)
