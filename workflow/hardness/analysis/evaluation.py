"""How well each class is recognized by each member, and how far apart the classes are.

Everything comes from one confusion matrix per member. Gaps over classes are of recall. A gap
between the extremes of noisy values is biased upwards, so there is also the gap between classes
that other members chose (the fixed gap).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from hardness.core.intervals import t_interval
from hardness.core.tables import Columns, stacked

METRICS = ("precision", "recall", "accuracy", "f1", "mcc", "support", "predicted")
HELD_OUT = "members of full that are not compared"
LEAVE_ONE_OUT = "the other members of full (leave-one-out, size up to 8%)"


def confusion(labels: np.ndarray, predicted: np.ndarray, k: int) -> np.ndarray:
    """Confusion matrix of every member.

    labels: (n,), predicted: (M, n), both in 0..k-1. Returns (M, k, k) int64, [member, true class,
    predicted class].
    Raises ValueError if the shapes do not fit or a class is out of range.
    """
    labels, predicted = np.asarray(labels, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    if predicted.ndim != 2 or predicted.shape[1:] != labels.shape:
        raise ValueError(
            f"predicted must be members x {labels.size} test samples; its shape is "
            f"{predicted.shape}"
        )
    for name, classes in (("labels", labels), ("predicted", predicted)):
        if classes.size and not 0 <= classes.min() <= classes.max() < k:
            raise ValueError(
                f"{name} must lie in 0..{k - 1}; they lie in {classes.min()}..{classes.max()}"
            )
    members = len(predicted)
    cells = (np.arange(members)[:, None] * k + labels) * k + predicted
    return np.bincount(cells.ravel(), minlength=members * k * k).reshape(members, k, k)


def class_metrics(confusion: np.ndarray) -> dict[str, np.ndarray]:
    """Precision, recall, accuracy, F1 and MCC of each class against the rest.

    confusion: (M, k, k). Returns (M, k) arrays: METRICS, and the flags precision_undefined (the
    class is never predicted: precision 0) and mcc_undefined (no denominator: MCC 0).
    Raises ValueError if a class has no test samples: it has no recall.
    """
    right = np.einsum("mcc->mc", confusion).astype(np.float64)
    support, predicted = confusion.sum(axis=2), confusion.sum(axis=1)
    if not support.all():
        raise ValueError(
            f"class {np.argwhere(support == 0)[0, 1]} has no test samples: every class needs at "
            "least one"
        )
    n = confusion.sum(axis=(1, 2))[:, None].astype(np.float64)
    scale = np.sqrt(support * (n - support)) * np.sqrt(predicted * (n - predicted))
    return {
        "precision": right / np.maximum(predicted, 1),
        "recall": right / support,
        "accuracy": (n - support - predicted + 2 * right) / n,
        "f1": 2 * right / (support + predicted),
        "mcc": (right * n - support * predicted.astype(np.float64))
        / np.where(scale == 0, 1, scale)
        * (scale > 0),
        "support": support,
        "predicted": predicted,
        "precision_undefined": predicted == 0,
        "mcc_undefined": scale == 0,
    }


def classwise(
    labels: np.ndarray, predicted: np.ndarray, seeds: np.ndarray, class_names: Sequence[str]
) -> dict[str, np.ndarray]:
    """Columns of evaluation/{set}/{recipe}.csv, one row per member and class: seed, class, name,
    METRICS, the two flags.

    labels: (n,); predicted: (M, n); seeds: (M,). Raises as confusion and class_metrics; ValueError
    if seeds do not fit.
    """
    if len(seeds) != len(predicted):
        raise ValueError(
            f"{len(seeds)} seeds are given for {len(predicted)} members: there must be one each"
        )
    k, members = len(class_names), len(seeds)
    metrics = class_metrics(confusion(labels, predicted, k))
    return {
        "seed": np.repeat(seeds, k),
        "class": np.tile(np.arange(k), members),
        "name": np.tile(np.asarray(class_names), members),
        **{name: values.ravel() for name, values in metrics.items()},
    }


def quantile_count(k: int) -> int:
    """How many of k classes count as the best, and as the worst: a fifth (at least 1); a tenth from
    100 classes on.
    """
    return max(1, round(k / 5)) if k < 100 else round(k / 10)


def fixed_classes(full_recall: np.ndarray, compared: int) -> tuple[np.ndarray, np.ndarray, str]:
    """The best and the worst classes for each member, chosen by other members of `full`.

    full_recall: (m, k) recall of the members of full: the first `compared` ones, and the rest. If
    there is a rest, its mean recall chooses the classes for all compared members, and the rest's
    members have none (-1). Otherwise the other members choose each member's classes (a single
    member has none).
    Returns best (m, q), worst (m, q) int64, q = quantile_count(k), and who chose them. Ties go to
    the lower class number.
    Raises ValueError if `compared` is below 1.
    """
    full_recall = np.asarray(full_recall, dtype=np.float64)
    members, q = len(full_recall), quantile_count(full_recall.shape[1])
    if compared < 1:
        raise ValueError(f"{compared} members are compared; it must be at least 1")
    best, worst = np.full((2, members, q), -1)
    judges = np.arange(members) >= compared
    held_out = judges.any()
    for member in range(min(members, compared)):
        by = judges if held_out else np.arange(members) != member
        if by.any():
            # ties must not depend on the order of a sum
            recall = np.round(full_recall[by].mean(axis=0), 12)
            best[member], worst[member] = (
                np.argsort(-recall, kind="stable")[:q],
                np.argsort(recall, kind="stable")[:q],
            )
    return best, worst, HELD_OUT if held_out else LEAVE_ONE_OUT


def gaps(
    recall: np.ndarray, easy: np.ndarray, best: np.ndarray, worst: np.ndarray
) -> dict[str, np.ndarray]:
    """How far apart a member's classes are.

    recall: (M, k); easy: (k,) bool; best, worst: (M, q) of fixed_classes, first M rows.
    Returns (M,) arrays: range (max - min), quantile_gap (mean of the q best minus mean of the q
    worst), easy_minus_hard (nan if there is only one group), sd (over classes, dividing by k), mad
    (median absolute deviation from the median), fixed_best and fixed_worst (means over the fixed
    classes; nan if there are none), fixed_gap (their difference).
    """
    ordered, q = np.sort(recall, axis=1), quantile_count(recall.shape[1])
    groups = easy.any() and not easy.all()
    fixed_best, fixed_worst = _mean_of(recall, best), _mean_of(recall, worst)
    return {
        "range": ordered[:, -1] - ordered[:, 0],
        "quantile_gap": ordered[:, -q:].mean(axis=1) - ordered[:, :q].mean(axis=1),
        "easy_minus_hard": (
            recall[:, easy].mean(axis=1) - recall[:, ~easy].mean(axis=1)
            if groups
            else np.full(len(recall), np.nan)
        ),
        "sd": recall.std(axis=1),
        "mad": np.median(np.abs(recall - np.median(recall, axis=1, keepdims=True)), axis=1),
        "fixed_gap": fixed_best - fixed_worst,
        "fixed_best": fixed_best,
        "fixed_worst": fixed_worst,
    }


def _mean_of(recall: np.ndarray, classes: np.ndarray) -> np.ndarray:
    chosen = np.take_along_axis(recall, classes, axis=1)  # -1, no class, reads any: it becomes nan
    return np.where(classes >= 0, chosen, np.nan).mean(axis=1)


def overall(
    recall: np.ndarray, support: np.ndarray, easy: np.ndarray, best: np.ndarray, worst: np.ndarray
) -> dict[str, np.ndarray]:
    """Columns of evaluation/overall.csv for one ensemble, one row per member: accuracy,
    mean_recall, and recall_{gap} for each gap of `gaps`.

    recall, support (test samples): (M, k); the rest as in gaps.
    """
    columns = {
        "accuracy": (recall * support).sum(axis=1) / np.sum(support, axis=1),
        "mean_recall": recall.mean(axis=1),
    }
    return columns | {
        f"recall_{name}": values for name, values in gaps(recall, easy, best, worst).items()
    }


def change(
    values: np.ndarray, seeds: np.ndarray, baseline: np.ndarray, baseline_seeds: np.ndarray
) -> np.ndarray:
    """Each member's values minus those of the same seed's member of the baseline.

    values: (M, ...), seeds: (M,); baseline: (m, ...), baseline_seeds: (m,), in any order. Returns
    (M, ...).
    Raises ValueError if the baseline has no member of a seed.
    """
    row_of = {int(seed): row for row, seed in enumerate(baseline_seeds)}
    missing = [int(seed) for seed in seeds if int(seed) not in row_of]
    if missing:
        raise ValueError(
            f"changes are paired: the baseline has no member of seed {missing[0]}, only "
            f"{sorted(row_of)}"
        )
    return values - baseline[[row_of[int(seed)] for seed in seeds]]


def collect(
    ensembles: Mapping[tuple[str, str], Columns], easy: np.ndarray, compared: int
) -> tuple[dict[str, list], dict[str, list]]:
    """Columns of evaluation/classwise.csv and overall.csv: all ensembles, one below the other.

    ensembles: (set, recipe) -> columns of classwise; easy: (k,) bool; compared: how many members of
    each set are compared with `full` under the same recipe; full's other members choose the best
    and the worst classes (see fixed_classes).
    """
    rows: dict[tuple[str, str], dict] = {}
    for key, columns in ensembles.items():
        seeds, recall, support = by_member(columns, "recall", "support")
        full = ensembles.get(("full", key[1]), columns)
        best, worst, fixed_by = fixed_classes(by_member(full, "recall")[1], compared)
        in_full = seeds < len(best)
        taken = np.where(in_full, seeds, 0)
        best, worst = (np.where(in_full[:, None], classes[taken], -1) for classes in (best, worst))
        rows[key] = (
            {"seed": seeds}
            | overall(recall, support, easy, best, worst)
            | {"fixed_by": [fixed_by] * len(seeds)}
        )
    keys = ("set", "recipe")
    return stacked(ensembles, keys, ("seed", "class", *METRICS)), stacked(rows, keys)


def by_member(columns: Columns, *names: str) -> tuple[np.ndarray, ...]:
    """Seeds (M,), and each named column of classwise as (M, k). Rows may be in any order."""
    seeds = np.unique(columns["seed"])
    order = np.lexsort([columns["class"], columns["seed"]])
    return seeds, *(columns[name][order].reshape(len(seeds), -1) for name in names)


def overview(overall: Columns, recipe: str) -> list[tuple[str, str, str, str]]:
    """The results on `full`, from overall.csv: rows of quantity, mean over members, 95% t interval,
    note.
    """
    chosen = (overall["set"] == "full") & (overall["recipe"] == recipe)
    rows = []
    for name, text in (
        ("accuracy", "Test accuracy"),
        ("recall_range", "Recall gap, best less worst class (biased upwards by noise)"),
        ("recall_sd", "Standard deviation of recall over classes (biased upwards by noise)"),
    ):
        mean, low, high = t_interval(100 * overall[name][chosen])
        rows.append(
            (
                text,
                f"{mean:.2f}%",
                f"{low:.2f} to {high:.2f}%",
                f"{chosen.sum()} members on the full training set",
            )
        )
    return rows
