"""Correlations of estimators with class accuracies, and families of values: Appendices B and C.

Correlations are Spearman's over the classes. A `turned` correlation is positive if the classes that
an estimator calls hard are less accurate. Data-based estimators are those that the paper compares,
in pixel space.
"""

from collections.abc import Mapping, Sequence, Set
from statistics import NormalDist

import numpy as np

from hardness.analysis.class_correlations import DATA_BASED
from hardness.analysis.correlations import BELOW, BOUND, RELATED, ranks, spearman
from hardness.core.intervals import pearson
from hardness.core.tables import Columns, pick, take
from hardness.evidence.kinds import PAPER
from hardness.evidence.measures._values import (
    CLASSES,
    CONSTANT,
    Bounds,
    Frames,
    NotComputedError,
    Study,
    TestedTable,
    Units,
    interval,
    number,
)
from hardness.scoring.estimation import direction

PREDICTED = ("cleanlab", "margin", "el2n-final")  # the paper's model-based estimators
DRAWS, ENSEMBLES = 2000, 306  # random stream id of other ensembles' class accuracies
BAND = "band: 5 to 95% of other ensembles as large"
FISHER = "90% interval over the classes, which more members do not narrow"


def class_correlation(
    frames: Frames, study: Study, estimators: Sequence[str], setting: str, raw: bool = False
) -> Bounds:
    """The turned correlations of estimators with class accuracy, one column each; raw: whether they
    are not turned.
    """
    rows = [_correlation(frames, setting, name) for name in estimators]
    signs = [1 if raw else _sign(name) for name in estimators]
    ends = np.array([[row[end][0] for end in ("rho", "low", "high")] for row in rows])
    value, *interval = (ends * np.array(signs)[:, None]).T
    low, high = np.sort(interval, axis=0)
    lacks = CONSTANT if np.isnan(value).any() else CLASSES
    return Bounds(value, low, high, list(estimators), FISHER, lacks)


def related_estimators(frames: Frames, study: Study, setting: str) -> Bounds:
    """How many of the paper's data-based estimators are related to class accuracy, corrected for
    all estimators that are compared in pixel space, including those that the paper does not have.
    """
    rows = [_correlation(frames, setting, name) for name in PAPER]
    alone = sum(row["p"][0] <= 0.05 for row in rows)
    return number(
        sum(row["verdict"][0] == RELATED for row in rows),
        note=f"{_corrected(rows)}; {alone} of {len(rows)} have p at most .05 alone; so few classes "
        "show no absence",
    )


def weak_estimators(
    frames: Frames, study: Study, setting: str, estimators: Sequence[str]
) -> TestedTable:
    """Whether none of these data-based estimators is related to class accuracy: refuted if one is,
    shown only if the intervals of all lie within -.6 to .6.
    """
    rows = [_correlation(frames, setting, name) for name in estimators]
    verdicts = [row["verdict"][0] for row in rows]
    related = [name for name, one in zip(estimators, verdicts, strict=True) if one == RELATED]
    known = [abs(row["rho"][0]) for row in rows if np.isfinite(row["rho"][0])]
    below = sum(one == BELOW for one in verdicts)
    note = (
        f"related: {', '.join(related) or 'none'}, {_corrected(rows)}; the 90% intervals of {below}"
        f" of {len(rows)} lie within -{BOUND} to {BOUND}"
    )
    return TestedTable(
        max(known, default=np.nan), bool(related), below == len(rows), power=np.nan, note=note
    )


def _corrected(rows: Sequence[Mapping[str, np.ndarray]]) -> str:
    return f"corrected for the {rows[0]['compared'][0]} that are compared"


def sides_apart(frames: Frames, study: Study, setting: str) -> Units:
    """The mean turned correlation of the model-based estimators less that of the data-based ones:
    pseudo-values of the jackknife over classes. Estimators whose correlation is undefined, with all
    classes or without one of them, are left out.
    """
    sides = [
        _left_out(frames, setting, names, space)
        for names, space in ((PREDICTED, "predictions"), (PAPER, "pixels"))
    ]
    model, data = (rho[:, _known(rho)] for rho in sides)
    note = f"over {model.shape[1]} and {data.shape[1]} estimators"
    return _jackknife(model.mean(axis=1) - data.mean(axis=1), note)


def settings_alike(frames: Frames, study: Study) -> Units:
    """The correlation over data-based estimators of their correlations with class accuracy in the
    settings full and part: pseudo-values of the jackknife over classes.
    """
    full, part = (_left_out(frames, setting, PAPER, "pixels") for setting in ("full", "part"))
    known = _known(np.concatenate([full, part]))
    full, part = full[:, known], part[:, known]
    alike = np.array([pearson(*both) for both in zip(full, part, strict=True)])
    largest = np.abs(full[0] - part[0]).max()
    note = f"over {full.shape[1]} estimators; the largest difference is {largest:.2f}"
    return _jackknife(alike, f"{note}; freed of bias, a jackknife's estimate may lie above 1")


def _left_out(frames: Frames, setting: str, names: Sequence[str], space: str) -> np.ndarray:
    """The turned correlations of estimators (k + 1, E): over all classes, then without each."""
    rows = pick(frames["class-accuracy/values"], setting=setting, space=space)
    of_names = [pick(rows, estimator=name) for name in names]
    if not all(len(own["class"]) for own in of_names):
        raise NotComputedError(f"setting {setting} has no scores by {', '.join(names)}")
    signs = np.array([_sign(name) for name in names])[:, None]
    scores = signs * np.array([own["score"][np.argsort(own["class"])] for own in of_names])
    accuracy = _accuracy(frames, setting)
    classes = np.arange(len(accuracy))
    kept = [classes, *(np.delete(classes, c) for c in classes)]
    return np.array([spearman(scores[:, own], accuracy[own]) for own in kept])


def _known(rho: np.ndarray) -> np.ndarray:
    """The estimators (E,) bool whose correlations (R, E) are all defined."""
    known = np.isfinite(rho).all(axis=0)
    if not known.any():
        raise NotComputedError("no estimator tells the classes apart, or all are equally accurate")
    return known


def _jackknife(values: np.ndarray, note: str) -> Units:
    """Jackknife pseudo-values. values: (k + 1,), a number over all k classes, then without each."""
    k = len(values) - 1
    pseudo = (k * values[0] - (k - 1) * values[1:])[:, None]
    return Units(pseudo, note=f"jackknife over classes, {note}", lacks=CLASSES)


def family_share(frames: Frames, study: Study, family: str, setting: str) -> Bounds:
    """The share of the data-based estimators of samples, except N3 and CP, whose sorted values are
    of a family.
    """
    families = _families(frames["difficulty/families"], setting)
    shown = {name: families[name] for name in _some(set(families) - {"n3", "cp"}, setting)}
    others = [f"{name} {one}" for name, one in shown.items() if one != family]
    share = 1 - len(others) / len(shown)
    return number(share, note=f"of {len(shown)}, others: {', '.join(others) or 'none'}")


def families_alike(frames: Frames, study: Study, settings: Sequence[str]) -> Bounds:
    """The share of data-based estimators of samples that have the same family in two settings."""
    first, second = (_families(frames["difficulty/families"], setting) for setting in settings)
    names = _some(set(first) & set(second), " and ".join(settings))
    others = [name for name in names if first[name] != second[name]]
    share = 1 - len(others) / len(names)
    return number(share, note=f"of {len(names)}, of another family: {', '.join(others) or 'none'}")


def families_switched(frames: Frames, study: Study, setting: str, but: Sequence[str]) -> Bounds:
    """How many data-based estimators of samples, except those in `but`, are of another family on
    the other data set.
    """
    own, other = (
        _families(frames[f"{place}difficulty/families"], setting) for place in ("", "against/")
    )
    names = _some(set(own) & set(other), f"{setting} of both data sets")
    switched = [name for name in names if own[name] != other[name]]
    note = f"of {len(names)}, switched: {', '.join(switched) or 'none'}"
    return number(len(set(switched) - set(but)), note=note)


def members_against_classes(frames: Frames, study: Study, settings: Sequence[str]) -> Units:
    """The logarithm of a ratio of standard deviations, one column per setting: of a class's
    accuracy over members, to that of the mean accuracies over classes. Pseudo-values of the
    jackknife over members.
    """
    columns = []
    for setting in settings:
        member = _members(frames, setting)
        left_out = [_log_ratio(np.delete(member, m, axis=0)) for m in range(len(member))]
        columns.append(len(member) * _log_ratio(member) - (len(member) - 1) * np.array(left_out))
    return Units(np.stack(columns, axis=1), list(settings), "jackknife over members")


def _members(frames: Frames, setting: str) -> np.ndarray:
    """Each member's accuracies of the classes, (M, k)."""
    rows = pick(frames["class-accuracy/ensembles"], setting=setting)
    order = np.lexsort([rows["class"], rows["members"]])
    member = rows["member"][order].reshape(rows["members"].max(), -1)
    if len(member) < 3:
        raise NotComputedError("the spread over members needs three of them")
    return member


def _log_ratio(member: np.ndarray) -> float:
    within = np.sqrt(member.var(axis=0, ddof=1).mean())
    return float(np.log(within / member.mean(axis=0).std(ddof=1)))


def class_place(frames: Frames, study: Study, setting: str, number_of_class: int) -> Bounds:
    """The place of a class among the classes; the least accurate one has place 1. With the band
    that contains it for 90% of other ensembles of the same size (2,000 simulated), on the same test
    images: two ensembles differ by the noise of both, which members drawn with replacement show.
    """
    member = _members(frames, setting)
    size, accuracy = len(member), member.mean(axis=0)
    drawn = np.random.default_rng([ENSEMBLES]).multinomial(size, np.full(size, 1 / size), DRAWS)
    others = accuracy + np.sqrt(2) * (drawn / size @ member - accuracy)
    own = number_of_class
    place = 1 + (accuracy < accuracy[own]).sum()
    low, high = np.quantile(1 + (others < others[:, [own]]).sum(axis=1), [0.05, 0.95])
    names = pick(frames["class-accuracy/ensembles"], setting=setting, members=1)
    note = f"class {own}, {names['name'][names['class'] == own][0]}; {BAND}"
    return interval(place, low, high, note=note)


def largest_reversal(frames: Frames, study: Study) -> Bounds:
    """By how many points two classes are in opposite order in the settings full and part: the
    smaller of a pair's two differences, maximized over all pairs. Below 0, no pair is in opposite
    order.

    The interval is simultaneous over all pairs in both settings (Bonferroni, 95%); it covers the
    noise of the test images and of the members.
    """
    (full, full_error), (part, part_error) = (
        _differences(frames, setting) for setting in ("full", "part")
    )
    k = len(full)
    z = NormalDist().inv_cdf(1 - 0.025 / (k * (k - 1)))
    pairs = ~np.eye(k, dtype=bool)
    value, low, high = (
        100 * np.minimum(full + side * full_error, side * part_error - part)[pairs].max()
        for side in (0, -z, z)
    )
    of_full, of_part = (_accuracy(frames, setting) for setting in ("full", "part"))
    moved, rho = int((ranks(of_full) != ranks(of_part)).sum()), spearman(of_full[None], of_part)[0]
    note = f"{moved} of {k} classes have another rank, rank correlation {rho:.2f}"
    return interval(value, low, high, note=f"{note}; interval corrected for all pairs of classes")


def _differences(frames: Frames, setting: str) -> tuple[np.ndarray, np.ndarray]:
    """The differences between the accuracies of classes (k, k), row less column, and their standard
    errors, over test images and members. One right and one wrong image are added to each class,
    because a class without observed errors may have some.
    """
    member, accuracy = _members(frames, setting), _accuracy(frames, setting)
    n = pick(frames["class-accuracy/ensembles"], setting=setting, members=1)
    images = n["n"][np.argsort(n["class"], kind="stable")]
    share = (images * accuracy + 1) / (images + 2)
    variance = share * (1 - share) / images + member.var(axis=0, ddof=1) / len(member)
    return accuracy[:, None] - accuracy, np.sqrt(variance[:, None] + variance)


def test_share(frames: Frames, study: Study) -> Bounds:
    """Percent of all samples that are test samples."""
    part, full = (
        pick(frames["class-accuracy/ensembles"], setting=setting, members=1)["n"].sum()
        for setting in ("part", "full")
    )
    return number(100 * part / full)


def _sign(estimator: str) -> int:
    """The sign that turns an estimator's correlation with accuracy."""
    return 1 if direction(estimator) == "down" else -1


def _correlation(frames: Frames, setting: str, estimator: str) -> dict[str, np.ndarray]:
    """The row of an estimator in correlations.csv, data-based ones in pixels."""
    rows = pick(frames["class-accuracy/correlations"], setting=setting, estimator=estimator)
    rows = take(rows, (rows["family"] != DATA_BASED) | (rows["space"] == "pixels"))
    if len(rows["rho"]) != 1:
        raise NotComputedError(f"setting {setting} has no correlation of {estimator}")
    return rows


def _accuracy(frames: Frames, setting: str) -> np.ndarray:
    """The mean of all members' accuracies of each class, (k,)."""
    rows = pick(frames["class-accuracy/ensembles"], setting=setting)
    rows = pick(rows, members=rows["members"].max())
    return rows["mean"][np.argsort(rows["class"], kind="stable")]


def _families(rows: Columns, setting: str) -> dict[str, str]:
    """The family of each of the paper's data-based estimators that score samples."""
    rows = pick(rows, setting=setting, variant="paper")
    found = dict(zip(rows["estimator"].tolist(), rows["family"].tolist(), strict=True))
    return {name: found[name] for name in PAPER if name in found}


def _some(names: Set[str], where: str) -> list[str]:
    """Names of estimators in the paper's order. Raises NotComputedError if there is none."""
    if not names:
        raise NotComputedError(
            f"setting {where}: none of the paper's data-based estimators is there"
        )
    return [name for name in PAPER if name in names]
