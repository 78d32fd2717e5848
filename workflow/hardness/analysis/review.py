"""Which samples are worth a look, in which order, and why.

The order: in each part of the data set, samples are ranked by the probability that members which
did not train on them give to their label, lowest first. Training samples are also ranked by AUM,
and the mean of both ranks counts. A sample's suspicion is its place in that order as a fraction of
its part: it is at most .1 for a tenth of each part.

The most suspicious tenth of each part is worth a look, and so is every other sample that is a
duplicate or likely mislabelled. The first of these reasons that holds is given:

- conflicting-duplicate: another sample has the same or nearly the same input, and another label.
- likely-mislabelled: all members that did not train on the sample predict the same other class, and
  that class's mean probability reaches its threshold: the mean that it has among the training
  samples with that label (confident learning, Northcutt et al. 2021). A training sample must also
  be among the hardest tenth by AUM: members do not learn its label either.
- duplicate, near-duplicate: another sample has the same or nearly the same input, and the same
  label.
- ambiguous: the probability is split between the label and one other class: together they have at
  least .8 of it, each at least .25.
- unlike-its-class: the most probable class is another one, but members are not sure of it, or do
  not agree on it: the networks do not recognize the sample as one of its class.
- hard: the label is the most probable class, but the sample is still among the suspicious ones.
- in-sample: all networks trained on the sample, and it is among the hardest tenth by AUM. No class
  is suggested then, because the networks learned the labels that they were given.
- unreadable: a file that was left out.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from hardness.analysis.held_out import HeldOut
from hardness.core.tables import Columns, pick
from hardness.data.datasets import Data
from hardness.scoring.ranks import ranks

TOGETHER, EACH = 0.8, 0.25  # the least probability of two ambiguous classes
CONFLICT, MISLABELLED, DUPLICATE, NEAR, AMBIGUOUS, UNLIKE, HARD, IN_SAMPLE, UNREADABLE = (
    "conflicting-duplicate", "likely-mislabelled", "duplicate", "near-duplicate", "ambiguous",
    "unlike-its-class", "hard", "in-sample", "unreadable",
)  # fmt: skip
ALWAYS = (CONFLICT, MISLABELLED, DUPLICATE, NEAR)  # listed wherever they stand in the order
COLUMNS = (
    "rank", "part", "index", "file", "label", "name", "suggested", "suggested_name", "probability",
    "self_confidence", "agreement", "aum_rank", "out_of_fold_rank", "suspicion", "reason",
)  # fmt: skip


class Order(NamedTuple):
    """How suspicious the n samples of a part are; 1 is the most suspicious. aum: (n,) ranks by AUM,
    None where there are none; out_of_fold: (n,) ranks by self-confidence; suspicion: (n,) fractions
    of n, all different.
    """

    aum: np.ndarray | None
    out_of_fold: np.ndarray
    suspicion: np.ndarray


def ordered(self_confidence: np.ndarray, aum: np.ndarray | None = None) -> Order:
    """The order of a part's samples. self_confidence: (n,); aum: (n,) ranks by AUM, 1 = hardest.

    Equal mean ranks are ordered by self-confidence, then by index.
    """
    n = len(self_confidence)
    out_of_fold = ranks(np.argsort(self_confidence, kind="stable")[::-1])
    both = out_of_fold if aum is None else (aum + out_of_fold) / 2
    place = ranks(np.lexsort([out_of_fold, both])[::-1])
    return Order(aum, out_of_fold, place / n)


def tenth(n: int) -> int:
    """How many of n samples are the most suspicious tenth, rounded up."""
    return -(-n // 10)


# Reasons


def thresholds(p: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean probability of each class among the samples with that label, (k,).

    p: (n, k), out of fold; labels: (n,), each class at least once.
    Source: Northcutt et al. (2021), Eq. 2.
    """
    k = p.shape[1]
    sums = np.bincount(labels, weights=p[np.arange(len(p)), labels], minlength=k)
    return sums / np.bincount(labels, minlength=k)


def mislabelled(held_out: HeldOut, aum: np.ndarray | None, limits: np.ndarray) -> np.ndarray:
    """Which samples are likely mislabelled, (n,) bool. aum: of Order; limits: of `thresholds`."""
    suggested = held_out.suggested
    sure = (held_out.p.max(axis=1) >= limits[suggested]) & (held_out.agreement == 1)
    found = sure & (suggested != held_out.labels)
    return found if aum is None else found & (aum <= tenth(len(aum)))


def ambiguous(held_out: HeldOut) -> np.ndarray:
    """Where the probability is split between the label and one other class, (n,) bool."""
    two = np.sort(held_out.p, axis=1)[:, -2:]
    label_is_one = held_out.self_confidence >= two[:, 0]
    return label_is_one & (two.sum(axis=1) >= TOGETHER) & (two[:, 0] >= EACH)


def duplicated(duplicates: Columns | None, part: str, n: int) -> dict[str, np.ndarray]:
    """Which samples of a part are duplicates, by reason, (n,) bool each. duplicates: the columns of
    duplicates.csv; None if there are no inputs to compare.
    """
    found = {}
    if duplicates is None:
        return {reason: np.zeros(n, dtype=bool) for reason in (CONFLICT, DUPLICATE, NEAR)}
    for reason, wanted in (
        (CONFLICT, {"conflict": True}),
        (DUPLICATE, {"conflict": False, "kind": "exact"}),
        (NEAR, {"conflict": False, "kind": "near"}),
    ):
        found[reason] = np.zeros(n, dtype=bool)
        found[reason][pick(duplicates, part=part, **wanted)["index"].astype(np.int64)] = True
    return found


def reasons(
    held_out: HeldOut, order: Order, limits: np.ndarray, duplicates: Columns | None
) -> np.ndarray:
    """The reason to look at each sample, (n,) text: the first one that holds."""
    same = duplicated(duplicates, held_out.part, len(held_out.labels))
    holds = {
        CONFLICT: same[CONFLICT],
        MISLABELLED: mislabelled(held_out, order.aum, limits),
        DUPLICATE: same[DUPLICATE],
        NEAR: same[NEAR],
        AMBIGUOUS: ambiguous(held_out),
        UNLIKE: held_out.suggested != held_out.labels,
    }
    return np.select(list(holds.values()), list(holds), default=HARD)


# The list


def table(
    parts: Mapping[str, HeldOut],
    orders: Mapping[str, Order],
    duplicates: Columns | None,
    class_names: np.ndarray,
    left_out: Sequence[tuple[str, str]] = (),
) -> dict[str, list]:
    """Columns of review.csv, one row per sample worth a look, most suspicious first; at equal
    suspicion training samples come first.

    parts, orders: by part, train among them; left_out: file and class of each unreadable file;
    these come last.
    """
    train = parts["train"]
    limits = thresholds(train.p, train.labels)
    rows: list[dict[str, Any]] = []
    for name, held_out in parts.items():
        reason = reasons(held_out, orders[name], limits, duplicates)
        rows += _rows(held_out, orders[name], reason, class_names)
    rows.sort(key=lambda row: row["suspicion"])  # stable
    rows += [{"file": file, "name": name, "reason": UNREADABLE} for file, name in left_out]
    rows = [row | {"rank": rank} for rank, row in enumerate(rows, 1)]
    return {name: [row.get(name) for row in rows] for name in COLUMNS}


def _rows(
    held_out: HeldOut, order: Order, reason: np.ndarray, class_names: np.ndarray
) -> list[dict[str, Any]]:
    """The rows of a part's samples that are worth a look."""
    suggested = held_out.suggested
    columns = held_out.sample_columns(class_names) | {
        "suggested": suggested,
        "suggested_name": class_names[suggested],
        "probability": held_out.p.max(axis=1).astype(np.float32),
        "self_confidence": held_out.self_confidence.astype(np.float32),
        "agreement": held_out.agreement,
        "aum_rank": [None] * len(reason) if order.aum is None else order.aum,
        "out_of_fold_rank": order.out_of_fold,
        "suspicion": order.suspicion,
        "reason": reason,
    }
    n = len(reason)
    listed = (order.suspicion <= tenth(n) / n) | np.isin(reason, ALWAYS)
    return [{name: values[i] for name, values in columns.items()} for i in np.flatnonzero(listed)]


def in_sample(data: Data, aum: np.ndarray) -> dict[str, list]:
    """Columns of review.csv where all networks trained on all samples: the hardest tenth by AUM,
    hardest first. aum: (n,) ranks, 1 = hardest.
    """
    n = len(aum)
    chosen = np.argsort(aum, kind="stable")[: tenth(n)]
    columns = {
        "rank": aum,
        "part": np.full(n, "train"),
        "index": np.arange(n),
        "file": data.files if len(data.files) else np.full(n, None),
        "label": data.train_labels,
        "name": data.class_names[data.train_labels],
        "aum_rank": aum,
        "suspicion": aum / n,
        "reason": np.full(n, IN_SAMPLE),
    }
    nothing = np.full(n, None)
    return {name: list(columns.get(name, nothing)[chosen]) for name in COLUMNS}


def with_scores(
    columns: Mapping[str, list], scores: Columns, estimators: Sequence[str]
) -> dict[str, list]:
    """Add to the columns of review.csv the score and the rank of each training sample by every
    estimator; None for other rows.

    scores: the columns of samples.csv.
    """
    places = zip(columns["part"], columns["index"], strict=True)
    train = [index if part == "train" else None for part, index in places]
    added = [name for estimator in estimators for name in (estimator, f"{estimator}_rank")]
    return dict(columns) | {
        name: [None if index is None else scores[name][index] for index in train] for name in added
    }
