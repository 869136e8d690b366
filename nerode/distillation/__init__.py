"""Distillation: students that learn a teacher's answers, under the budget, the ledger and the verdict of `extract`."""
