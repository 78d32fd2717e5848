"""Explain the name of a training set in a few sentences, for readers.

Code that computes knows a set by its specification (spec.py), never by its name.
"""

import re
from collections.abc import Callable, Iterable

from hardness.core.names import nearest
from hardness.scoring.parts import ESTIMATORS
from hardness.sets import guide
from hardness.sets.parts import NONE, OVERSAMPLERS, UNDERSAMPLERS
from hardness.sets.pruning import LEVELS
from hardness.sets.spec import (
    RANDOM,
    UNNAMED_ESTIMATOR,
    Folds,
    Full,
    LongTail,
    Pruned,
    Resampled,
    Splits,
)

NUMBER = r"\d+(?:\.\d+)?"
EXAMPLES = (
    "full", "resample-smote-easy-r2", "resample-none-easy-a1-el2n-m4", "prune-dlp-50",
    "prune-random-30", "folds-5", "long-tailed-100", "splits-200-raw",
)  # fmt: skip


def explain(name: str) -> str:
    """Say in words what a training set of this name is.

    Raises ValueError with examples, or with the nearest known name if a part is unknown.

    >>> explain("prune-random-30")
    'A pruned set: 30% of the samples are left out. It drops samples at random, the same share of \
all classes.'
    """
    for kind, sentence in SENTENCES.items():
        if name == kind or name.startswith(f"{kind}-"):
            return sentence(name.removeprefix(kind).removeprefix("-"))
    raise ValueError(f"{name!r} names no training set; expected one like {', '.join(EXAMPLES)}")


def _full(rest: str) -> str:
    _matched("", rest, "full")
    return "The data set as it is: all training samples, each once."


def _resampled(rest: str) -> str:
    over, rest = _part(rest, (NONE, *OVERSAMPLERS.names()), "oversampler")
    under, rest = _part(rest, (NONE, *UNDERSAMPLERS.names()), "undersampler")
    pattern = rf"(?P<letter>[ar])(?P<value>{NUMBER})(?:-(?P<suffix>.+))?"
    found = _matched(pattern, rest, "resample-smote-easy-r2")
    value = found["value"]
    sizes = {
        "a": f"Class sizes follow the paper's Eq. 3 to 6 with alpha {value}: the more a class's "
        "hardness differs from the mean, the more its size does (alpha 0: not at all)",
        "r": "Class sizes follow the hardness of classes, scaled so that the hardest class gets "
        f"{value} times the size of the easiest (rho), relative to what each has",
    }[found["letter"]]
    return (
        f"A resampled set. {sizes}. Where a class grows it {_does(guide.OVER, over)}; where it "
        f"shrinks it {_does(guide.UNDER, under)}. {_hardness(found['suffix'])}"
    )


def _pruned(rest: str) -> str:
    level, rest = _part(rest, LEVELS, "pruning level")
    suffix = "" if level == RANDOM else "(?:-(?P<suffix>.+))?"
    found = _matched(rf"(?P<rate>{NUMBER}){suffix}", rest, f"prune-{level}-50")
    what = f"A pruned set: {found['rate']}% of the samples are left out. It "
    what += f"{_does(guide.PRUNING, level)}."
    return what if level == RANDOM else f"{what} {_hardness(found['suffix'])}"


def _folds(rest: str) -> str:
    k = _matched(r"(?P<k>\d+)", rest, "folds-5")["k"]
    return (
        f"A set with {k} draws: each class is cut into {k} folds, and each draw leaves out one of "
        "them. So for every sample there are networks that did not train on it."
    )


def _long_tailed(rest: str) -> str:
    ratio = _matched(rf"(?P<ratio>{NUMBER})", rest, "long-tailed-100")["ratio"]
    return (
        "A long-tailed set: exponentially fewer samples from class to class; the first class has "
        f"{ratio} times as many as the last. Each draw chooses other samples."
    )


def _splits(rest: str) -> str:
    found = _matched(r"(?P<draws>\d+)(?P<raw>-raw)?", rest, "splits-200")
    columns = "Columns stay raw" if found["raw"] else "Columns are standardized in each draw"
    return (
        f"A set with {found['draws']} draws: each leaves out a fifth of each class, on which its "
        f"networks are tested. {columns}."
    )


SENTENCES: dict[str, Callable[[str], str]] = {
    Full.KIND: _full,
    Resampled.KIND: _resampled,
    Pruned.KIND: _pruned,
    Folds.KIND: _folds,
    LongTail.KIND: _long_tailed,
    Splits.KIND: _splits,
}


def _matched(pattern: str, rest: str, example: str) -> re.Match[str]:
    if found := re.fullmatch(pattern, rest):
        return found
    raise ValueError(f"{rest!r} cannot end such a name; expected one like {example}")


def _part(rest: str, known: Iterable[str], what: str) -> tuple[str, str]:
    """The part that the rest of a name begins with, and what follows."""
    for name in sorted(known, key=len, reverse=True):  # smote-tomek before smote
        if rest.startswith(f"{name}-"):
            return name, rest.removeprefix(f"{name}-")
    raise ValueError(f"unknown {what} in {rest!r}: {nearest(rest.partition('-')[0], known)}")


def _does(words: dict[str, guide.Guide], name: str) -> str:
    return words[name].does if name in words else f"does what {name} does"


def _hardness(suffix: str | None) -> str:
    """What a name's suffix, such as el2n-m4, says about the hardness that the set is made by."""
    found = re.fullmatch(r"(?P<estimator>.*?)-?(?:(?<![^-])m(?P<members>\d+))?", suffix or "")
    assert found is not None  # each part may be empty
    estimator = found["estimator"] or UNNAMED_ESTIMATOR
    ESTIMATORS.file(estimator)
    members = found["members"]
    how_many = (
        f"the first {members} members" if members else "the usual members (ensembles.hardness)"
    )
    return f"Hardness: the mean {estimator} score over {how_many}."
