"""What a training set is: one frozen class per kind, which owns the set's name.

A specification is made where the config is read. Rules pass it on as plain `columns()`, csv files
have the same columns, and `from_columns` makes it again. Nothing else makes a name, and no
computation takes one apart: `read_stem` is for claims, explain.py for readers.

A new kind is one class here, in KINDS: its KIND, what its name is made of, and its draws.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from hardness.core.names import nearest

PAPER, STUDY = "paper", "study"  # the modes: class sizes by an alpha (Eq. 3, 4), or by a rho
NONE = "none"  # the name that stands for no sampler
RANDOM = "random"  # the level of pruning that does not use hardness
UNNAMED_ESTIMATOR = "aum"  # a name without an estimator means this one
LETTERS = {PAPER: "a", STUDY: "r"}  # a setting's letter in names
SETTINGS = {PAPER: "alpha", STUDY: "rho"}  # its column, and its key in the config

# The columns that describe a set in csv files; each kind has some of them
COLUMNS = (
    "kind",
    "over",
    "under",
    "mode",
    "alpha",
    "rho",
    "level",
    "rate",
    "estimator",
    "members",
    "draws",
)


def number(value: float) -> str:
    """One canonical spelling in names: 3, never 3.0; 0.5."""
    return repr(float(value)).removesuffix(".0")


def suffix_of(estimator: str) -> str:
    """The suffix of sets that are made by this estimator and the usual number of members."""
    return "" if estimator == UNNAMED_ESTIMATOR else estimator


def read_stem(stem: str) -> dict[str, Any]:
    """The columns that a stem tells: claims name sets by it, as the documentation does.

    Raises ValueError unless it is the stem of full, of a resampled or of a pruned set.

    >>> read_stem("resample-smote-easy-r2")
    {'kind': 'resample', 'over': 'smote', 'under': 'easy', 'mode': 'study', 'rho': 2.0}
    """
    letters = {letter: mode for mode, letter in LETTERS.items()}
    try:
        match stem.split("-"):
            case [Full.KIND]:
                return {"kind": Full.KIND}
            case [Resampled.KIND, over, under, setting]:
                mode, value = letters[setting[:1]], float(setting[1:])
                columns = {"over": over, "under": under, "mode": mode, SETTINGS[mode]: value}
                return {"kind": Resampled.KIND} | columns
            case [Pruned.KIND, level, rate]:
                return {"kind": Pruned.KIND, "level": level, "rate": float(rate)}
    except (KeyError, ValueError):
        pass
    raise ValueError(
        f"{stem!r} names no training set; expected one like resample-smote-easy-a1 or prune-dlp-50"
    )


class _Spec:
    """The base of all kinds. A name is a stem, and a suffix that tells the hardness, if any."""

    KIND: ClassVar[str]
    COMPARED: ClassVar[bool] = True  # with `full`, under the same recipe

    @property
    def _parts(self) -> tuple[str, ...]:
        """The parts of the suffix: the estimator and the members, where they are not the usual."""
        return ()

    @property
    def stem(self) -> str:
        raise NotImplementedError

    @property
    def suffix(self) -> str:
        """The end of the name that tells the hardness: "el2n-m4", or nothing."""
        return "-".join(self._parts)

    @property
    def label(self) -> str:
        """The suffix as it stands behind a title: " (el2n, m4)", or nothing."""
        return f" ({', '.join(self._parts)})" if self._parts else ""

    @property
    def name(self) -> str:
        return "-".join(filter(None, (self.stem, self.suffix)))

    def columns(self) -> dict[str, Any]:
        """The specification as plain values, without those that are None."""
        values = asdict(self)  # type: ignore[call-overload]  # every kind is a dataclass
        return {"kind": self.KIND} | {
            key: value for key, value in values.items() if value is not None
        }


class _Ranked(_Spec):
    """A set that is made by hardness.

    estimator, members: whose mean score ranks the samples. usual_members: the data set's default
    number of members (ensembles.hardness), which names leave out.
    """

    estimator: str | None
    members: int | None
    usual_members: int | None

    @property
    def _parts(self) -> tuple[str, ...]:
        members = "" if self.members == self.usual_members else f"m{self.members}"
        return tuple(filter(None, (suffix_of(self.estimator or UNNAMED_ESTIMATOR), members)))


@dataclass(frozen=True)
class Full(_Spec):
    """The data set as it is."""

    KIND: ClassVar[str] = "full"
    draws: ClassVar[int] = 1

    @property
    def stem(self) -> str:
        return "full"


@dataclass(frozen=True)
class Resampled(_Ranked):
    """Class sizes by hardness, reached by an over- and an undersampler.

    mode, setting: how class sizes follow from hardness: paper with an alpha, study with a rho.
    draws: as given; 1 without an oversampler, because then nothing is random.
    Raises ValueError for an unknown mode.
    """

    KIND: ClassVar[str] = "resample"

    over: str
    under: str
    mode: str
    setting: float
    estimator: str
    members: int
    usual_members: int
    draws: int

    def __post_init__(self) -> None:
        if self.mode not in SETTINGS:
            raise ValueError(f"unknown mode {self.mode!r}: {nearest(self.mode, SETTINGS)}")
        if self.over == NONE:  # undersamplers are not random
            object.__setattr__(self, "draws", 1)

    @property
    def stem(self) -> str:
        setting = f"{LETTERS[self.mode]}{number(self.setting)}"
        return f"resample-{self.over}-{self.under}-{setting}"

    @property
    def alpha(self) -> float | None:
        return self.setting if self.mode == PAPER else None

    @property
    def rho(self) -> float | None:
        return self.setting if self.mode == STUDY else None

    def columns(self) -> dict[str, Any]:
        values = super().columns()
        return {
            SETTINGS[self.mode] if key == "setting" else key: value for key, value in values.items()
        }


@dataclass(frozen=True)
class Pruned(_Ranked):
    """A share of the samples dropped, by level: the easiest of all samples (dlp), the easiest of
    each class (clp), the hardest of all (hardest), or as many of each class at random (random).

    rate: percent. estimator, members, usual_members: None where samples are dropped at random.
    draws: as given; 1 where nothing is random.
    """

    KIND: ClassVar[str] = "prune"

    level: str
    rate: float
    estimator: str | None
    members: int | None
    usual_members: int | None
    draws: int

    def __post_init__(self) -> None:
        unknown = ("estimator", "members", "usual_members") if self.level == RANDOM else ()
        for field in unknown:  # it uses no hardness
            object.__setattr__(self, field, None)
        if self.level != RANDOM:
            object.__setattr__(self, "draws", 1)

    @property
    def stem(self) -> str:
        return f"prune-{self.level}-{number(self.rate)}"


@dataclass(frozen=True)
class Folds(_Spec):
    """Draw d of k leaves out fold d of each class."""

    KIND: ClassVar[str] = "folds"

    k: int

    @property
    def draws(self) -> int:
        return self.k

    @property
    def stem(self) -> str:
        return f"folds-{self.k}"


@dataclass(frozen=True)
class LongTail(_Spec):
    """Exponentially fewer samples from class to class, or from sub-class to sub-class where the
    data set has these; ratio: of the first's size to the last's.
    """

    KIND: ClassVar[str] = "long-tailed"
    COMPARED: ClassVar[bool] = False

    ratio: float
    draws: int

    @property
    def stem(self) -> str:
        return f"long-tailed-{number(self.ratio)}"


@dataclass(frozen=True)
class Splits(_Spec):
    """Each draw leaves out a fifth of each class, on which its members are tested. standardize:
    whether rows of a table are standardized by each draw's training rows.
    """

    KIND: ClassVar[str] = "splits"
    COMPARED: ClassVar[bool] = False

    draws: int
    standardize: bool

    @property
    def stem(self) -> str:
        return f"splits-{self.draws}{'' if self.standardize else '-raw'}"


SetSpec = Full | Resampled | Pruned | Folds | LongTail | Splits
KINDS: dict[str, type[SetSpec]] = {
    kind.KIND: kind for kind in (Full, Resampled, Pruned, Folds, LongTail, Splits)
}
FULL = Full()


def from_columns(columns: Mapping[str, Any]) -> SetSpec:
    """The specification that `columns()` describe; None counts as left out.

    Raises ValueError for an unknown kind, and a column that is missing or unknown.
    """
    values = {key: value for key, value in columns.items() if value is not None}
    kind = values.pop("kind", None)
    if kind not in KINDS:
        raise ValueError(f"unknown kind of training set {kind!r}: {nearest(str(kind), KINDS)}")
    if kind == Resampled.KIND and (key := SETTINGS.get(values.get("mode", ""))) in values:
        values["setting"] = values.pop(key)
    known = {field.name: field for field in fields(KINDS[kind])}
    if kind == Pruned.KIND and values.get("level") == RANDOM:
        values = dict.fromkeys(("estimator", "members", "usual_members")) | values
    if wrong := {*known} ^ {*values}:
        raise ValueError(
            f"a training set of kind {kind} has the columns {', '.join(known)}; "
            f"missing or unknown here: {', '.join(sorted(wrong))}"
        )
    return KINDS[kind](**values)
