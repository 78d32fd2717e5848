"""Hard samples and duplicates."""

from collections.abc import Sequence

import numpy as np

from hardness.core.tables import pick
from hardness.evidence.measures._values import Bounds, Frames, Study, number
from hardness.scoring.estimation import direction
from hardness.sets.denoising import elbow


def flagged_share(frames: Frames, study: Study, share: float, estimator: str, place: int) -> Bounds:
    """The percentage of its samples that a class loses if the given share of lowest scores is
    removed, for the class that loses most (place 1), second most (2), ...
    """
    samples = frames["samples"]
    scores = samples[estimator]
    flagged = np.argsort(scores, kind="stable")[: round(share * len(scores))]
    taken = np.bincount(samples["label"][flagged], minlength=samples["label"].max() + 1)
    shares = 100 * taken / np.bincount(samples["label"])
    c = np.argsort(-shares, kind="stable")[place - 1]
    return number(shares[c], note=str(samples["name"][samples["label"] == c][0]))


def hard_duplicates(frames: Frames, study: Study, hardest: int, estimator: str) -> Bounds:
    """The number of groups of identical training images that have two or more labels among the
    `hardest` lowest scores.
    """
    samples, copies = frames["samples"], frames["duplicates"]
    chosen = samples["index"][np.argsort(samples[estimator], kind="stable")[:hardest]]
    among = pick(copies, part="train", kind="exact", conflict=True)
    hard = np.isin(among["index"], chosen)
    group, label = among["group"][hard], among["label"][hard]
    labels_of = np.unique(np.unique(np.stack([group, label]), axis=1)[0], return_counts=True)[1]
    return number((labels_of > 1).sum())


def before_elbow(frames: Frames, study: Study, estimator: str) -> Bounds:
    """How many samples lie before the first elbow of the scores' cumulative distribution."""
    scores = frames["samples"][estimator]
    return number(elbow(scores if direction(estimator) == "down" else -scores))


def tied(frames: Frames, study: Study, estimator: str, value: float) -> Bounds:
    """How many samples have exactly this score."""
    return number((frames["samples"][estimator] == value).sum())


def same_pixels(frames: Frames, study: Study, images: Sequence[int]) -> Bounds:
    """1 if these training images are identical and their labels differ, else 0."""
    copies = pick(frames["duplicates"], part="train", kind="exact", conflict=True)
    chosen = np.isin(copies["index"], images)
    alike = chosen.sum() == len(images) and len(set(copies["group"][chosen])) == 1
    return number(alike and len(set(copies["label"][chosen])) > 1)
