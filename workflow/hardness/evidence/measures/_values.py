"""The types that measures take and return."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hardness.core.errors import HardnessError
from hardness.core.tables import Columns

Frames = Mapping[str, Columns]  # claims.Need.frame -> columns of an artifact
# Why a result may leave a claim undecided: too few members (the usual reason), too few classes, or
# values that are the same for all classes, for which no correlation is defined.
MEMBERS, CLASSES, CONSTANT = "members", "classes", "constant"


class NotComputedError(HardnessError):
    """Something that a claim needs is missing, though the config plans it; the message says why."""


class UndecidableError(HardnessError):
    """There is a number, but its uncertainty is unknown; the message says why."""


@dataclass(frozen=True)
class Study:
    """The data set that claims are checked on.

    recipe: the one by which its sets are trained. paper_estimator: the one that stands for the
    paper's, and decides class sizes and groups; paper_suffix: of the sets made by it. members: the
    sizes of the ensembles, by their use. draws: set, as needs name it -> its draws, if there is
    more than one.
    """

    recipe: str
    paper_estimator: str
    paper_suffix: str
    members: Mapping[str, int]
    draws: Mapping[str, int]


class Units(NamedTuple):
    """Independent values of one or more quantities. values: (U, R), of members or steps; names:
    (R,), may be empty; lacks: MEMBERS, CLASSES or CONSTANT, the reason if the values leave a claim
    undecided; whole: whether these are all quantities that the claim speaks of. A part of them can
    refute it, but not confirm it.
    """

    values: np.ndarray
    names: Sequence[str] = ("",)
    note: str = ""
    lacks: str = MEMBERS
    whole: bool = True


class Bounds(NamedTuple):
    """Quantities (R,), each with an interval; if low and high are None, each is judged by its value
    alone. lacks: as in Units.
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
    """Changes that are tested together. largest: the largest of them, low and high its interval by
    itself (nan: not known); changed: whether there is a change; nothing: whether it is shown that
    there is none; power: the chance of showing that if there is none (nan: not computed); whole: as
    in Units.
    """

    largest: float
    changed: bool
    nothing: bool
    power: float
    note: str
    low: float = np.nan
    high: float = np.nan
    whole: bool = True


Measured = Units | Bounds | TestedTable


def number(value: float, note: str = "") -> Bounds:
    """One number that is judged by its value alone."""
    return Bounds(np.array([float(value)]), note=note)


def interval(value: float, low: float, high: float, name: str = "", note: str = "") -> Bounds:
    """One number with its interval."""
    return Bounds(np.array([value]), np.array([low]), np.array([high]), [name], note)
