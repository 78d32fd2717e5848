"""Recall of classes: single ones, the best and the worst, by hardness, by rate, by alpha."""

from collections.abc import Iterable, Sequence

import numpy as np

from hardness.analysis import evaluation, pooling, variance
from hardness.analysis.correlations import spearman
from hardness.core.tables import pick
from hardness.evidence.measures._values import (
    CONSTANT,
    MEMBERS,
    Bounds,
    Frames,
    NotComputedError,
    Study,
    UndecidableError,
    Units,
    interval,
)
from hardness.evidence.measures.effects import STRATEGIES
from hardness.evidence.ranks import classes_by_hardness


def _recalls(frames: Frames, frame: str, members: int) -> tuple[np.ndarray, np.ndarray]:
    """Seeds (M,) and recall (M, k) of the first members of an evaluation."""
    seeds, recall = evaluation.by_member(frames[frame], "recall")
    return seeds[:members], recall[:members]


def _of_set(frames: Frames, study: Study, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Seeds (M,) and recall (M, k) of the members that are trained on a set to be compared."""
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
    """An ensemble's recall gap between its best and its worst class, less that of another ensemble,
    paired by seed. Each ensemble's best and worst classes are those by its mean recall.
    """
    ranges = []
    for name in (of, less):
        _, recall = _of_set(frames, study, name)
        best, worst = _extreme_classes(recall)
        ranges.append(recall[:, best] - recall[:, worst])
    return Units((ranges[0] - ranges[1])[:, None])


def _both_levels(frames: Frames, rates: Iterable[int]) -> list[int]:
    """The rates at which DLP and CLP are both trained."""
    return [
        rate
        for rate in rates
        if {f"evaluation/prune-{level}-{rate}" for level in ("dlp", "clp")} <= set(frames)
    ]


def dlp_less_clp(frames: Frames, study: Study, rates: Sequence[int], average: bool) -> Units:
    """Mean recall with DLP minus that with CLP, paired by seed: at each rate at which both are
    trained, or averaged over these.
    """
    trained = _both_levels(frames, rates)
    by_rate = [
        _paired(frames, study, f"prune-dlp-{rate}", f"prune-clp-{rate}").mean(axis=1)
        for rate in trained
    ]
    values = np.stack(by_rate, axis=1)
    if average:
        name = ", ".join(f"{rate}%" for rate in trained) + " pruned"
        return Units(values.mean(axis=1, keepdims=True), [name])
    return Units(values, [f"{rate}% pruned" for rate in trained])


def spread_dlp_less_clp(frames: Frames, study: Study, rates: Sequence[int]) -> Units:
    """Standard deviation of recall over classes with DLP minus that with CLP, paired by seed, at
    each rate at which both are trained. A member's noise widens both; the note has them without it.
    """
    trained, values, without_noise = _both_levels(frames, rates), [], []
    for rate in trained:
        (seeds, dlp), (others, clp) = (
            _of_set(frames, study, f"prune-{level}-{rate}") for level in ("dlp", "clp")
        )
        values.append(evaluation.change(dlp.std(axis=1), seeds, clp.std(axis=1), others))
        without_noise.append(variance.sd_without_noise(dlp) - variance.sd_without_noise(clp))
    names = [f"{rate}% pruned" for rate in trained]
    note = (
        f"{len(trained)} of {len(rates)} rates; without members' noise"
        f" {min(without_noise):+.4f} to {max(without_noise):+.4f}"
    )
    return Units(np.stack(values, axis=1), names, note, whole=len(trained) == len(rates))


def gains_most(frames: Frames, study: Study, of: str, less: str, classes: Sequence[int]) -> Units:
    """How much more recall each of the named classes gains on one set over another, compared with
    each other class; paired by seed.
    """
    gain = _paired(frames, study, of, less)
    evaluated = frames[f"evaluation/{of}"]
    name = {c: str(pick(evaluated, **{"class": c})["name"][0]) for c in range(gain.shape[1])}
    pairs = [(c, other) for c in classes for other in name if other not in classes]
    first, second = np.transpose(pairs)
    most = ", ".join(name[c] for c in np.argsort(-gain.mean(axis=0), kind="stable")[: len(classes)])
    texts = [f"{name[c]} less {name[other]}" for c, other in pairs]
    return Units(gain[:, first] - gain[:, second], texts, f"most is gained by {most}")


def _correlations(frames: Frames, recall: np.ndarray, allocation: str) -> np.ndarray:
    """|Spearman| of each member's recall, (M, k), with the classes' hardness by the ensemble."""
    rows = frames[allocation]
    first = np.unique(rows["class"], return_index=True)[1]
    return np.abs(spearman(recall, rows["hardness"][first]))


def correlation(frames: Frames, study: Study, estimator: str) -> Units:
    """How closely recall follows the classes' hardness on full: |Spearman|, of each member.

    The classes are not a sample from more classes: the interval is over members, not over classes.
    """
    values = _correlations(frames, _of_full(frames, study), f"allocation/{estimator}")
    return Units(values[:, None], lacks=CONSTANT if np.isnan(values).any() else MEMBERS)


def correlation_against(frames: Frames, study: Study, estimator: str) -> Bounds:
    """`correlation`, minus that on the other data set; Welch's interval."""
    own = _correlations(frames, _of_full(frames, study), f"allocation/{estimator}")
    _, recall = _recalls(frames, "against/evaluation/full", study.members["recall"])
    other = _correlations(frames, recall, f"against/allocation/{estimator}")
    value, low, high = map(float, variance.welch(own, other))
    return interval(value, low, high, note=f"{own.mean():.2f} against {other.mean():.2f}")


def _refuse_few_draws(study: Study, sets: Iterable[str], members: int) -> None:
    draws = max(study.draws.get(name, 1) for name in sets)
    if 1 < draws < members:
        raise UndecidableError(f"members share {draws} draws of a set: no test")


def alpha_effect(
    frames: Frames, study: Study, over: str, under: str, alphas: Sequence[int]
) -> Units:
    """Recall of easy and of hard classes at each further alpha minus that at the first, paired by
    seed. The note says how far single classes differ from their group.
    """
    easy = frames["groups"]["group"][np.argsort(frames["groups"]["class"])] == "easy"
    sets = {alpha: f"resample-{over}-{under}-a{alpha}" for alpha in alphas}
    values, names, notes = [], [], []
    for alpha in alphas[1:]:
        change = _paired(frames, study, sets[alpha], sets[alphas[0]])
        fit = pooling.pooled(change, easy)
        notes.append(f"{fit.tau:.4f} [{fit.tau_low:.4f}, {fit.tau_high:.4f}] at alpha {alpha}")
        for group, chosen in (("easy", easy), ("hard", ~easy)):
            values.append(change[:, chosen].mean(axis=1))
            names.append(f"{group} classes, alpha {alpha} against {alphas[0]}")
    _refuse_few_draws(study, sets.values(), len(values[0]))
    note = f"spread over single classes without noise {', '.join(notes)}"
    return Units(np.stack(values, axis=1), names, note)


def trend_over_classes(
    frames: Frames, study: Study, alpha: int, over: str, under: str, estimator: str
) -> Units:
    """By how much recall changes more on the hardest than on the easiest class: each member's
    change from full, fitted by a straight line on the classes' places by hardness.
    """
    name, rows = f"resample-{over}-{under}-a{alpha}", frames[f"allocation/{estimator}"]
    change = _paired(frames, study, name, "full")
    _refuse_few_draws(study, [name], len(change))
    order = classes_by_hardness(rows["class"], rows["hardness"], estimator)
    place = np.linspace(-0.5, 0.5, len(order))
    slope = change[:, rows["class"][order]] @ place / (place @ place)
    return Units(slope[:, None], note=f"classes sorted by {estimator}")


def accuracy_change(frames: Frames, study: Study, alpha: int) -> Units:
    """Mean recall on each strategy's set minus that on full, paired by seed. If the test set is
    balanced, mean recall is the accuracy.
    """
    sets = {
        f"{over}-{under}": f"resample-{over}-{under}-a{alpha}"
        for over, under in STRATEGIES
        if f"evaluation/resample-{over}-{under}-a{alpha}" in frames
    }
    if not sets:
        raise NotComputedError(f"no strategy is trained at alpha {alpha}")
    values = [_paired(frames, study, name, "full").mean(axis=1) for name in sets.values()]
    _refuse_few_draws(study, sets.values(), len(values[0]))
    note = f"{len(sets)} of {len(STRATEGIES)} strategies"
    whole = len(sets) == len(STRATEGIES)
    return Units(np.stack(values, axis=1), list(sets), note, whole=whole)


def recall_gap(frames: Frames, study: Study) -> Units:
    """Mean recall of the best minus that of the worst classes on full, chosen by other members."""
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
    return interval(change, low, high, note=note)
