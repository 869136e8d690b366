"""What a user can choose of response distillation and of the features of words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nerode.distillation.responses import Response
from nerode.errors import InputError
from nerode.links import CLASSIFIER
from nerode.protocols import Teacher, is_closed
from nerode.words import Word

HOTTEST = 1e6  # temperature: the losses of answers are multiplied by its square


@dataclass(frozen=True)
class ResponseSettings:
    """The knobs of response distillation.

    Parameters
    ----------
    alpha : the weight of labels beside the teacher's answers, 0 to 1
    temperature : at which answers are compared, from 1 to HOTTEST
    adversarial : whether half of the words that are added to a lesson are those that the student is least sure of; of classifiers
    labels : true labels by word, for classifiers; where there are none, the teacher's labels stand for them
    """

    alpha: float = 0.0
    temperature: float = 1.0
    adversarial: bool = False
    labels: Mapping[Word, int] | None = field(default=None, repr=False)

    @property
    def response(self) -> Response:
        """The loss."""
        return Response(self.alpha, self.temperature)

    def check(self, teacher: Teacher) -> None:
        """Refuse numbers that are out of range, and labels that do not fit.

        Raises
        ------
        InputError : such a choice
        """
        if not isinstance(self.alpha, int | float) or not 0 <= self.alpha <= 1:
            raise InputError(f"alpha is the weight of labels, a number from 0 to 1, not {self.alpha!r}")
        check_temperature(self.temperature)
        if self.adversarial and teacher.link.task != CLASSIFIER:
            raise InputError(f"adversarial words are for classifiers, and the task of this teacher is {teacher.link.task}")
        if self.adversarial and is_closed(teacher):
            raise InputError("adversarial words are drawn, and there is no network to ask about them; leave them out")
        if self.labels is not None and teacher.link.task != CLASSIFIER:
            raise InputError(f"labels are for classifiers, and the task of this teacher is {teacher.link.task}; leave them out")
        classes = max(2, teacher.width)
        if self.labels and not all(0 <= label < classes for label in self.labels.values()):
            raise InputError(f"the labels of words must lie in 0 … {classes - 1}, the classes of the teacher")


def check_temperature(temperature: float) -> None:
    """Refuse a temperature that is out of range.

    Raises
    ------
    InputError : it is
    """
    if not isinstance(temperature, int | float) or not 1 <= temperature <= HOTTEST:
        raise InputError(f"the temperature must be a number from 1 to {HOTTEST:,.0f}, not {temperature!r}")


@dataclass(frozen=True)
class FeatureSettings(ResponseSettings):
    """Those of students that see features of words.

    Parameters
    ----------
    order : letters of the longest n-grams that are counted
    places : how many places from the start and from the end are looked at; None for 8, or for all where all words are as long
    """

    order: int = 3
    places: int | None = None

    def check(self, teacher: Teacher) -> None:
        super().check(teacher)
        if type(self.order) is not int or self.order < 1:
            raise InputError(f"the order of n-grams must be a whole number from 1 on, not {self.order!r}")
        if self.places is not None and (type(self.places) is not int or self.places < 0):
            raise InputError(f"the number of places must be a whole number from 0 on, not {self.places!r}")
