"""Our own questions beyond the papers: difficulty while training, compared with class sizes by
hardness, with flipped labels, and over networks.
"""

from collections.abc import Sequence

import numpy as np

from hardness.analysis.evaluation import change
from hardness.core.tables import pick
from hardness.evidence.measures._values import Frames, NotComputedError, Study, Units

AGAINST, FLIPPED, AGREEMENT = (
    f"rebalancing/{name}" for name in ("against-hardness", "flipped", "agreement")
)
SAMPLER, PLAIN = "difficulty", "permutation"


def ahead_of_hardness(
    frames: Frames, study: Study, methods: Sequence[str], less: Sequence[str], group: str = "all"
) -> Units:
    """Mean recall of one method less that of another, in points, paired by seed: one column per
    pair.
    """
    pairs, columns = list(zip(methods, less, strict=True)), []
    for pair in pairs:
        (seeds, own), (others, baseline) = (_recall(frames, one, group) for one in pair)
        columns.append(100 * change(own, seeds, baseline, others))
    return Units(np.stack(columns, axis=1), [" less ".join(pair) for pair in pairs])


def _recall(frames: Frames, method: str, group: str) -> tuple[np.ndarray, np.ndarray]:
    """Seeds and mean recalls, (M,) each."""
    rows = pick(frames[AGAINST], method=method, group=group)
    if not len(rows["seed"]):
        raise NotComputedError(f"there are no networks of {method}, or no {group} classes")
    return rows["seed"], rows["recall"]


def flipped_weight(frames: Frames, study: Study) -> Units:
    """How much larger the flipped samples' share of the sampling is than their share of the
    training samples, in points, at the data set's own rate.
    """
    rows = _at(frames, SAMPLER)
    return Units(100 * (rows["weight"] - rows["flipped"])[:, None])


def flipped_cost(frames: Frames, study: Study) -> Units:
    """How many points more accuracy difficulty loses by the flips than plain training, paired by
    seed.
    """
    difficulty, plain = (_loss(frames, sampler) for sampler in (SAMPLER, PLAIN))
    return Units((difficulty - plain)[:, None])


def _loss(frames: Frames, sampler: str) -> np.ndarray:
    """By how many points each member's accuracy falls with the flips, (M,)."""
    noisy, clean = _at(frames, sampler), _at(frames, sampler, clean=True)
    return -100 * change(noisy["accuracy"], noisy["seed"], clean["accuracy"], clean["seed"])


def _at(frames: Frames, sampler: str, clean: bool = False) -> dict[str, np.ndarray]:
    """The rows of a sampler without flips, or with the most."""
    rates = frames[FLIPPED]["rate"]
    rows = pick(frames[FLIPPED], sampler=sampler, rate=rates.min() if clean else rates.max())
    if not len(rows["seed"]):
        raise NotComputedError(f"no recipe with the sampler {sampler} is trained with these flips")
    return rows


def stability_of_difficulty(frames: Frames, study: Study, less: str) -> Units:
    """The mean rank correlation between two networks' difficulties of samples, less that of another
    score: pseudo-values of the jackknife over networks.
    """
    own, other = (_pseudo(frames, name) for name in ("psi-difficulty", less))
    names, note = [f"psi-difficulty less {less}"], f"{own.mean():.3f} against {other.mean():.3f}"
    return Units((own - other)[:, None], names, f"{note}; jackknife over networks")


def _pseudo(frames: Frames, estimator: str) -> np.ndarray:
    """Jackknife pseudo-values (M,) of the mean correlation over all pairs of members, from each
    member's mean correlation with the others.
    """
    rows = pick(frames[AGREEMENT], estimator=estimator, members=1)
    if len(rows["correlation"]) < 3:
        raise NotComputedError(f"{estimator} has fewer than three networks")
    with_others, members = rows["correlation"], len(rows["correlation"])
    mean = with_others.mean()
    without = (members * mean - 2 * with_others) / (members - 2)
    return members * mean - (members - 1) * without
