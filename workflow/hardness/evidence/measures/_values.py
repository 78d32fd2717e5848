"""What measures take and return, and what they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hardness.core.errors import HardnessError
from hardness.core.tables import Columns

Frames = Mapping[str, Columns]  # claims.frame_name -> columns of an artifact
# Why a result may leave a claim undecided: too few members (the usual reason), too few classes, or
# values that are the same for all classes, of whose correlation nothing can be said.
MEMBERS, CLASSES, CONSTANT = "members", "classes", "constant"


class NotComputedError(HardnessError):
    """What a claim needs is not there, though the config plans it; the message says why."""


class UndecidableError(HardnessError):
    """There is a number, but no way to say how well it is known; the message says why."""


@dataclass(frozen=True)
class Study:
    """The data set that claims are checked on.

    recipe: by which its sets are trained. paper_estimator: that stands for the paper's, by which
    class sizes and groups follow from hardness; paper_suffix: of the sets made by it. members: of
    the ensembles, by their use. draws: set as the needs name it -> its draws, where there are more
    than one.
    """

    recipe: str
    paper_estimator: str
    paper_suffix: str
    members: Mapping[str, int]
    draws: Mapping[str, int]


class Units(NamedTuple):
    """Independent values of one or more quantities: values (U, R), of members or steps; names (R,),
    may be empty; lacks: MEMBERS, CLASSES or CONSTANT, the reason if they leave a claim undecided.
    """

    values: np.ndarray
    names: Sequence[str] = ("",)
    note: str = ""
    lacks: str = MEMBERS


class Bounds(NamedTuple):
    """Quantities (R,), with an interval each; or, with low and high None, each judged by its value
    alone. lacks: as of Units.
    """

    value: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    names: Sequence[str] = ("",)
    note: str = ""
    lacks: str = MEMBERS

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        if self.low is None or self.high is None:
            return self.value, self.value
        return self.low, self.high


class TestedTable(NamedTuple):
    """Changes that are tested together: the largest, whether there is a change among them, whether
    it is shown that there is none, and the chance of that if there is none (nan: not tried).
    """

    largest: float
    changed: bool
    nothing: bool
    power: float
    note: str


Measured = Units | Bounds | TestedTable


def number(value: float, note: str = "") -> Bounds:
    """One number that is judged by its value alone."""
    return Bounds(np.array([float(value)]), note=note)


def interval(value: float, low: float, high: float, name: str = "", note: str = "") -> Bounds:
    """One number with its interval."""
    return Bounds(np.array([value]), np.array([low]), np.array([high]), [name], note)
