"""Recall of classes: of single ones, of the best and the worst, by hardness, by alpha."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from hardness.analysis import evaluation, variance
from hardness.core.tables import pick, take
from hardness.evidence.labels import estimator_label
from hardness.evidence.measures._values import Bounds, Frames, Study, UndecidableError, Units
from hardness.evidence.ranks import classes_by_hardness


def _recalls(frames: Frames, frame: str, members: int) -> tuple[np.ndarray, np.ndarray]:
    """Seeds (M,) and recall (M, k) of the first members of an evaluation."""
    seeds, recall = evaluation.by_member(frames[frame], "recall")
    return seeds[:members], recall[:members]


def _of_set(frames: Frames, study: Study, name: str) -> tuple[np.ndarray, np.ndarray]:
    """The same, of the members that are trained on a set to be compared."""
    return _recalls(frames, f"evaluation/{name}", study.members["retraining"])


def _of_full(frames: Frames, study: Study) -> np.ndarray:
    """Recall (M, k) of the members of full."""
    return _recalls(frames, "evaluation/full", study.members["recall"])[1]


def _paired(frames: Frames, study: Study, first: str, second: str) -> np.ndarray:
    """Recall on one set minus that on another, (M, k), of members with the same seed."""
    (seeds, recall), (others, baseline) = (_of_set(frames, study, name) for name in (first, second))
    return evaluation.change(recall, seeds, baseline, others)


def _extreme_classes(recall: np.ndarray) -> tuple[int, int]:
    """The class with the highest mean recall, and that with the lowest."""
    return int(recall.mean(axis=0).argmax()), int(recall.mean(axis=0).argmin())


def class_recall(frames: Frames, study: Study, of: str, which: str) -> Units:
    """Recall of the best or the worst class of an ensemble, by its mean."""
    _, recall = _of_set(frames, study, of)
    c = _extreme_classes(recall)[("best", "worst").index(which)]
    name = pick(frames[f"evaluation/{of}"], **{"class": c})["name"][0]
    return Units(recall[:, [c]], [str(name)])


def range_difference(frames: Frames, study: Study, of: str, less: str) -> Units:
    """How much farther apart an ensemble's best and worst class are than another's, paired by seed.
    Each ensemble's classes are those with its extreme mean recalls.
    """
    ranges = []
    for name in (of, less):
        _, recall = _of_set(frames, study, name)
        best, worst = _extreme_classes(recall)
        ranges.append(recall[:, best] - recall[:, worst])
    return Units((ranges[0] - ranges[1])[:, None])


def dlp_less_clp(frames: Frames, study: Study, rates: Sequence[int], average: bool) -> Units:
    """Mean recall with DLP minus that with CLP, paired by seed: at each rate that both are trained
    at, or averaged over them.
    """
    trained = [
        rate
        for rate in rates
        if {f"evaluation/prune-{level}-{rate}" for level in ("dlp", "clp")} <= set(frames)
    ]
    by_rate = [
        _paired(frames, study, f"prune-dlp-{rate}", f"prune-clp-{rate}").mean(axis=1)
        for rate in trained
    ]
    values = np.stack(by_rate, axis=1)
    if average:
        name = ", ".join(f"{rate}%" for rate in trained) + " pruned"
        return Units(values.mean(axis=1, keepdims=True), [name])
    return Units(values, [f"{rate}% pruned" for rate in trained])


def falls_with_hardness(frames: Frames, study: Study, estimator: str) -> Units:
    """Recall of the easier class minus that of the harder on full, for every pair of classes whose
    order by an estimator is known: the intervals of their class means over members do not overlap.
    """
    recall, label = _of_full(frames, study), estimator_label(estimator)
    allocation = frames[f"allocation/{estimator}"]
    order = classes_by_hardness(allocation["class"], allocation["hardness"], estimator)
    ranked = take(allocation, order)
    classes, names, low, high = (
        ranked[name] for name in ("class", "name", "member_low", "member_high")
    )
    pairs = [
        (i, j)
        for i, j in combinations(range(len(classes)), 2)
        if low[i] > high[j] or low[j] > high[i]
    ]
    if not pairs:
        raise UndecidableError(f"the order by {label} is known of no two classes")
    easier, harder = classes[np.array(pairs)].T
    differences = recall[:, easier] - recall[:, harder]
    reversed_share = 100 * (differences.mean(axis=0) < 0).mean()
    texts = [f"{names[i]} (easier by {label}) less {names[j]}" for i, j in pairs]
    note = f"{reversed_share:.0f}% of {len(pairs)} pairs stand the other way round"
    return Units(differences, texts, note)


def alpha_effect(
    frames: Frames, study: Study, over: str, under: str, alphas: Sequence[int]
) -> Units:
    """Recall of easy and of hard classes at each further alpha minus that at the first, paired by
    seed.
    """
    easy = frames["groups"]["group"][np.argsort(frames["groups"]["class"])] == "easy"
    sets = {alpha: f"resample-{over}-{under}-a{alpha}" for alpha in alphas}
    values, names = [], []
    for alpha in alphas[1:]:
        change = _paired(frames, study, sets[alpha], sets[alphas[0]])
        for group, chosen in (("easy", easy), ("hard", ~easy)):
            values.append(change[:, chosen].mean(axis=1))
            names.append(f"{group} classes, alpha {alpha} against {alphas[0]}")
    draws = max(study.draws.get(name, 1) for name in sets.values())
    if 1 < draws < len(values[0]):
        raise UndecidableError(f"members share {draws} draws of a set: no test")
    return Units(np.stack(values, axis=1), names)


def recall_gap(frames: Frames, study: Study) -> Units:
    """Mean recall of the best minus that of the worst classes on full, which other members fix."""
    frame, members = "evaluation/full", study.members["recall"]
    _, every = _recalls(frames, frame, len(frames[frame]["seed"]))
    compared = min(members, len(every))
    best, worst, fixed_by = evaluation.fixed_classes(every, compared)
    recall, no_groups = every[:compared], np.zeros(every.shape[1], dtype=bool)
    gap = evaluation.gaps(recall, no_groups, best[:compared], worst[:compared])["fixed_gap"]
    note = f"best and worst {best.shape[1]} classes, fixed by {fixed_by}"
    return Units(gap[:, None], note=note)


def spread_against(frames: Frames, study: Study) -> Bounds:
    """Standard deviation of recall over classes without seed noise, minus that on the other data
    set.
    """
    own = _of_full(frames, study)
    _, other = _recalls(frames, "against/evaluation/full", study.members["recall"])
    members = min(len(own), len(other))
    change, low, high = variance.sd_without_noise_change(own[:members], other[:members])
    note = "difference of standard deviations over classes without noise; jackknife over members"
    return Bounds(np.array([change]), np.array([low]), np.array([high]), note=note)
