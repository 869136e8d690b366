"""Errors that a user can mend. Every message is one sentence that says what is wrong and what to do."""


class NerodeError(Exception):
    """Base of all errors that nerode raises on purpose."""


class InputError(NerodeError):
    """Something that was handed in cannot be used; the shell answers with exit code 2."""


class BudgetExhausted(NerodeError):
    """A limit was reached while a teacher was being asked.

    Attributes
    ----------
    reason : "time" or "queries"
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the {reason} budget is used up")
        self.reason = reason
