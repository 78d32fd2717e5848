"""Hardness without labels: correlations of scores, sets pruned or resampled by them, the features,
spoiled images, clusters.

Scores are used as they are defined, not signed by hardness. An interval reaches, in each direction,
to the farther end of those over samples and over members.
"""

import numpy as np

from hardness.analysis.evaluation import change
from hardness.core.tables import Columns, pick
from hardness.evidence.measures._values import (
    CLASSES,
    MEMBERS,
    Bounds,
    Frames,
    NotComputedError,
    Study,
    Units,
    interval,
    number,
)
from hardness.scoring.estimation import direction

WIDER = "interval over samples or members, whichever is wider"


def score_correlation(
    frames: Frames,
    study: Study,
    first: str,
    second: str,
    kind: str = "spearman",
    given: str = "",
    over: str = "samples",
) -> Bounds:
    """The correlation of two scores, from unlabelled/correlations.csv; with `given` controls, the
    partial one.
    """
    rows = pick(frames["unlabelled/correlations"], kind=kind, given=given, over=over)
    for names in ((first, second), (second, first)):
        row = pick(rows, first=names[0], second=names[1])
        if len(row["value"]):
            break
    else:
        raise NotComputedError(f"{first} or {second} is the same for all samples")
    signs = {name: -1 if direction(name) == "down" else 1 for name in (first, second)}
    low, high = np.sort([signs[first] * signs[second] * end for end in _ends(row)])
    value = signs[first] * signs[second] * row["value"][0]
    lacks = CLASSES if over == "classes" else MEMBERS
    note = f"{row['members'][0]} members, {row['n'][0]} {over}; {WIDER}"
    return interval(value, low, high, note=note)._replace(lacks=lacks)


def _ends(row: Columns, samples: str = "", members: str = "member_") -> tuple[float, float]:
    """The farther ends of one row's two intervals, over samples and over members."""
    lows, highs = (
        [row[f"{part}{end}"][0] for part in (samples, members)] for end in ("low", "high")
    )
    return np.nanmin(lows), np.nanmax(highs)


def largest_of_class(
    frames: Frames, study: Study, estimator: str, share: float, name: str
) -> Bounds:
    """The share of a class among the samples with the largest scores. share: of all samples, those
    that count as the largest.
    """
    samples = frames["samples"]
    count = round(share * len(samples["name"]))
    largest = np.argsort(-samples[estimator], kind="stable")[:count]
    return number((samples["name"][largest] == name).mean(), note=f"of {count} samples")


def pruned_change(
    frames: Frames, study: Study, level: str, rate: float, estimator: str, against: str
) -> Bounds:
    """The change of a pruned set's accuracy against full, or against random removal of the same
    number of samples.
    """
    rows = pick(frames["unlabelled/pruned"], level=level, rate=rate, estimator=estimator)
    row = pick(rows, against=against)
    if not len(row["change"]):
        raise NotComputedError(f"no set prune-{level}-{rate:g} by {estimator} against {against}")
    return interval(row["change"][0], row["low"][0], row["high"][0])


def pruned_ends(frames: Frames, study: Study, rate: float, estimator: str) -> Bounds:
    """The accuracy without the easiest samples less that without the hardest. Its interval adds
    those of both against full, as if they were independent.
    """
    easy, hard = (
        pruned_change(frames, study, level, rate, estimator, "full") for level in ("dlp", "hardest")
    )
    return _difference(easy, hard)


def random_against(
    frames: Frames, study: Study, random: float, rate: float, estimator: str
) -> Bounds:
    """The accuracy without `random` percent removed at random, less that without the easiest `rate`
    percent by an estimator; the interval as in pruned_ends.
    """
    sides = ((random, "random", ""), (rate, "dlp", estimator))
    random_side, own = (
        pruned_change(frames, study, level, percent, name, "full") for percent, level, name in sides
    )
    return _difference(random_side, own)


def _difference(first: Bounds, second: Bounds) -> Bounds:
    value = float(first.value[0] - second.value[0])
    halves = [(ends[1][0] - ends[0][0]) / 2 for ends in (first.ends(), second.ends())]
    half = float(np.hypot(*halves))
    return interval(value, value - half, value + half, note="of two numbers, as if independent")


def pruned_beyond(
    frames: Frames, study: Study, rate: float, estimator: str, control: str
) -> Bounds:
    """The accuracy without the easiest `rate` percent by an estimator, less that without those by a
    control; the interval as in pruned_ends.
    """
    own, other = (
        pruned_change(frames, study, "dlp", rate, name, "full") for name in (estimator, control)
    )
    return _difference(own, other)


def resampled_change(
    frames: Frames, study: Study, measure: str, estimator: str, than: str
) -> Bounds:
    """What resampling by an estimator changes against full, or against another estimator."""
    rows = pick(frames["unlabelled/resampled"], measure=measure, estimator=estimator, than=than)
    if len(rows["change"]) != 1:
        raise NotComputedError(
            f"{len(rows['change'])} ways of resampling by {estimator} against {than}; expected one"
        )
    return interval(rows["change"][0], rows["low"][0], rows["high"][0])


def representation_gain(frames: Frames, study: Study, than: str) -> Units:
    """The nearest neighbours' accuracy in the features of each network without labels, less that in
    another space: of the same seed if that space has seeds.
    """
    table = frames["unlabelled/representation"]
    own, other = (pick(table, space=name) for name in ("trained", than))
    if len(other["accuracy"]) == 1:
        return Units((own["accuracy"] - other["accuracy"])[:, None])
    paired = change(own["accuracy"], own["seed"], other["accuracy"], other["seed"])
    return Units(paired[:, None])


def noise_found(
    frames: Frames, study: Study, estimator: str, noise: str, less: float = 0
) -> Bounds:
    """The AUROC of an estimator for images spoiled in one way, less a number."""
    value, low, high = _auroc(frames, estimator, noise)
    return interval(value - less, low - less, high - less, note=WIDER)


def noise_beyond(frames: Frames, study: Study, estimator: str, control: str, noise: str) -> Bounds:
    """How much farther from one half an estimator's AUROC is than a control's. The interval adds
    those of both as if they were independent. On the same images they are not, so it is too wide.
    """
    apart = []
    for name in (estimator, control):
        value, low, high = _auroc(frames, name, noise)
        far, half = abs(value - 0.5), (high - low) / 2
        apart.append(interval(far, far - half, far + half))
    return _difference(*apart)


def _auroc(frames: Frames, estimator: str, noise: str) -> tuple[float, float, float]:
    row = pick(frames["image-noise"], estimator=estimator, noise=noise, metric="auroc")
    return (row["value"][0], *_ends(row, "sample_"))


def clusters_beyond_chance(frames: Frames, study: Study, reading: str, clusters: int) -> Bounds:
    """The silhouette with `clusters` clusters, less that of the shuffled control. The interval runs
    from the smallest to the largest difference between any two subsets.
    """
    row = pick(frames["unlabelled/clusters"], reading=reading, clusters=clusters)
    value, low, high = (
        row[own][0] - row[control][0]
        for own, control in (
            ("silhouette", "control"),
            ("low", "control_high"),
            ("high", "control_low"),
        )
    )
    table = frames["unlabelled/clusters"]
    own = pick(table, reading=reading)
    best = own["clusters"][np.argmax(own["silhouette"])]
    return interval(value, low, high, note=f"the largest silhouette is that of {best} clusters")
