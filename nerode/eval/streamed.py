"""What a stream showed: the accuracies of teacher and student over the windows, and what distillation gained."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from nerode.automata.diagram import counted
from nerode.distillation.settings import check_temperature
from nerode.errors import InputError
from nerode.eval.frames import frame, lines_of
from nerode.eval.grids import mean_interval
from nerode.extraction.reasons import INTERRUPTED
from nerode.plain import finite
from nerode.teachers.distilling import NetworkStudent
from nerode.words import FloatArray

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

PARTS, WIDTH = 25, 5  # of the stream that windows move over, and of a window; one part more judges the last window
WINDOWS = PARTS - WIDTH + 1
WIDEST = 10_000
ARMS = ("teacher", "on", "off")
DONE = "done"
FEWEST = 3  # seeds that say how sure a gain is


@dataclass(frozen=True)
class StreamSettings:
    """What a user can choose.

    Parameters
    ----------
    teacher, student : architectures of `nerode train`
    start : the window from which on the student learns from the teacher too, 1 to 21
    hidden, student_hidden : the widths of their layers, of which each has one
    alpha : the weight of labels beside the teacher's answers from then on
    temperature : at which answers are compared
    """

    teacher: str = "lstm"
    student: str = "gru"
    start: int = 8
    hidden: int = 32
    student_hidden: int = 8
    alpha: float = 0.5
    temperature: float = 1.0

    def check(self) -> None:
        """Refuse numbers that are out of range, and what is no name or number.

        Raises
        ------
        InputError : such a number
        """
        for name in ("hidden", "student_hidden"):
            if type(width := getattr(self, name)) is not int or not 1 <= width <= WIDEST:
                raise InputError(f"{name} is the width of a layer, a whole number from 1 to {WIDEST:,}, not {width!r}")
        if not isinstance(self.teacher, str) or not isinstance(self.student, str):
            raise InputError("teacher and student of a stream are the names of architectures, such as 'gru'")
        if type(self.start) is not int or not 1 <= self.start <= WINDOWS:
            raise InputError(f"there are {WINDOWS} windows, and distillation begins with one of them, not {self.start!r}")
        if not isinstance(self.alpha, int | float) or not 0 <= self.alpha < 1:
            raise InputError(f"alpha is the weight of labels beside the teacher, a number from 0 to below 1, not {self.alpha!r}")
        check_temperature(self.temperature)


@dataclass(frozen=True)
class Gain:
    """By how much distillation was right more often than the arm without it.

    Parameters
    ----------
    mean, low, high : over seeds, with the 95 % interval; None with one seed
    """

    mean: float
    low: float | None
    high: float | None

    @property
    def sure(self) -> str:
        """Whether it is better or worse beyond what seeds do: "better", "worse", or nothing."""
        if self.low is None or self.high is None:
            return ""
        return "better" if self.low > 0 else "worse" if self.high < 0 else ""

    def __str__(self) -> str:
        between = "" if self.low is None or self.high is None else f" ({100 * self.low:+.2f} to {100 * self.high:+.2f})"
        return f"{100 * self.mean:+.2f}{between} {self.sure}".strip()


@dataclass(frozen=True, repr=False)
class Streamed:
    """What a stream showed.

    Parameters
    ----------
    curves : the accuracies (seeds, windows) of "teacher", "on" and "off", on the part after each window
    majority : the accuracy of the class that was most frequent in each window, (windows,)
    words, classes : how many words there were, and the names of the classes
    stop_reason : "done", "time" or "interrupted"
    network : the student that learned from the teacher, of the first seed
    asked : how many seeds were asked for; None for as many as there are
    """

    settings: StreamSettings
    curves: dict[str, FloatArray]
    majority: FloatArray
    words: int
    classes: tuple[str, ...]
    stop_reason: str
    network: NetworkStudent = field(compare=False)
    asked: int | None = None

    @property
    def windows(self) -> int:
        """How many windows there were."""
        return int(self.curves["on"].shape[1])

    @property
    def seeds(self) -> int:
        """How many seeds there were."""
        return int(self.curves["on"].shape[0])

    @property
    def wanted(self) -> int:
        """How many seeds were asked for."""
        return self.seeds if self.asked is None else self.asked

    @property
    def sure(self) -> bool:
        """Whether there are enough seeds to say how sure a gain is."""
        return self.seeds >= FEWEST

    def gain(self, first: int, last: int) -> Gain:
        """Return the mean gain over windows, counted from 1, the last one included."""
        gains = (self.curves["on"] - self.curves["off"])[:, first - 1 : last].mean(axis=1)
        return Gain(float(gains.mean()), *(mean_interval(gains) if self.sure else (None, None)))

    @property
    def gains(self) -> dict[str, Gain]:
        """The gain at once, over all windows since, and in the last one; empty where the stream ended before that."""
        begin, end = self.settings.start, self.windows
        if begin > end:
            return {}
        return {"at once": self.gain(begin, begin), "since then": self.gain(begin, end), "in the end": self.gain(end, end)}

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        return finite(  # type: ignore[no-any-return]
            {
                **asdict(self.settings), "words": self.words, "classes": list(self.classes), "windows": self.windows,
                "seeds": self.seeds, "seeds_asked": self.wanted, "stop_reason": self.stop_reason,
                "majority": self.majority.tolist(),
                "curves": {name: curve.tolist() for name, curve in self.curves.items()},
                "gains": {name: asdict(gain) | {"sure": gain.sure} for name, gain in self.gains.items()},
            }
        )  # fmt: skip

    def frame(self) -> pd.DataFrame:
        """Return a pandas frame: a row for each window.

        Raises
        ------
        InputError : pandas is not installed
        """
        means = {name: curve.mean(axis=0).tolist() for name, curve in self.curves.items()}
        return frame(means | {"majority": self.majority.tolist()}, list(range(1, self.windows + 1)), "window")

    def plot(self) -> Figure:
        """Return the picture: the accuracies of teacher and both arms over the windows."""
        from nerode.eval.plots.streams import stream_figure  # here, because matplotlib takes long to import

        return stream_figure(self)

    def __str__(self) -> str:
        rows: list[tuple[str, ...]] = [("window", "teacher", "with distillation", "without", "most frequent class")]
        for i in range(self.windows):
            rows.append((str(i + 1), *(f"{100 * value:.1f}" for value in (*self._means(i), self.majority[i]))))
        chosen = self.settings
        said = [*lines_of(rows), f"accuracy (%) on the part after each window, {counted(self.seeds, 'seed')}"]
        said.append(f"{chosen.student} of {chosen.student_hidden}, taught by {chosen.teacher} of {chosen.hidden} from window")
        said[-1] += f" {chosen.start} on"
        said += [f"gain {name}: {gain}" for name, gain in self.gains.items()]
        if not self.gains:
            said.append(f"no gain to tell, as the student was to be taught from window {chosen.start} on")
        elif not self.sure:
            said.append(f"{counted(self.seeds, 'seed')} cannot say how sure a gain is; take {FEWEST} or more for intervals")
        return "\n".join([*self._cut_short(), *said])

    __repr__ = __str__

    def _cut_short(self) -> list[str]:
        """Say what there is of a stream that ended before all was done."""
        if self.stop_reason == DONE:
            return []
        why = "Interrupted" if self.stop_reason == INTERRUPTED else "Stopped by the limit on time"
        done = f"{self.seeds} of {counted(self.wanted, 'seed')}"
        if self.windows < WINDOWS:
            done = f"{self.windows} of {WINDOWS} windows" + f" of the first of {self.wanted} seeds" * (self.wanted > 1)
        return [f"{why}; this is what was done by then: {done}."]

    def _means(self, i: int) -> list[float]:
        return [float(self.curves[name][:, i].mean()) for name in ARMS]
