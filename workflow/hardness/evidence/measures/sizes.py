"""Class sizes, and the sizes of pruned sets."""

import numpy as np

from hardness.core.tables import pick, take
from hardness.evidence.measures._values import Bounds, Frames, NotComputedError, Study, number
from hardness.evidence.ranks import classes_by_hardness


def easy_classes(frames: Frames, study: Study) -> Bounds:
    """How many classes are easy, at alpha 1 before clipping and rounding."""
    if not (frames["groups"]["rule"] == "paper").all():
        raise NotComputedError(
            f"Eq. 3 is undefined by {study.paper_estimator}: the classes are grouped by another "
            "rule"
        )
    return number((frames["groups"]["group"] == "easy").sum())


def removed_share(frames: Frames, study: Study, of: str, which: str, estimator: str) -> Bounds:
    """Percent of the easiest or the hardest class by an estimator that a pruned set lacks."""
    sizes, allocation = pick(frames["sets/sizes"], set=of), frames[f"allocation/{estimator}"]
    order = classes_by_hardness(allocation["class"], allocation["hardness"], estimator)
    ranked, place = take(allocation, order), {"easiest": 0, "hardest": -1}[which]
    (row,) = np.flatnonzero(sizes["class"] == ranked["class"][place])
    return number(100 * sizes["removed"][row] / sizes["n"][row], note=str(ranked["name"][place]))
