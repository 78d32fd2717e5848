"""Which classes differ in hardness for certain: each class against the next easier one, for every
estimator that has members.

Classes are sorted by their mean hardness over the members, as they are shown. The same members
score both classes of a pair, so their differences are paired. The p-values come from step-down
max-T over sign flips of the members, with each difference divided by its root mean square over
members, which no flip changes. They are corrected for all adjacent pairs of the estimator. The same
scores choose the order, and so the pairs, which does no harm: in simulations with classes that do
not differ (6 to 20 members), some pair is called certain in 3 to 5% of studies of two classes, and
in at most 3% of those of 3 to 100. A verdict is about other networks on these samples; it says
nothing about other samples.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from hardness.analysis import inference
from hardness.core.intervals import t_interval
from hardness.core.tables import columns_of
from hardness.scoring.scores import Scores, class_values, finite

CERTAIN, UNCERTAIN = "certain", "not certain"
COLUMNS = (
    "estimator", "harder", "easier", "harder_class", "easier_class", "difference", "low", "high",
    "p", "members", "verdict",
)  # fmt: skip


def differences(
    scores: Mapping[str, Scores], labels: np.ndarray, class_names: Sequence[str], members: int
) -> dict[str, list]:
    """Columns of class-differences.csv: for each estimator with members the pairs of adjacent
    classes, hardest first.

    scores: name -> scores; labels: (n,); members: the number of first members to use. harder,
    easier: the classes' names; harder_class, easier_class: their numbers; difference: of the mean
    hardness, high = hard for every estimator, with Student's 95% interval low, high over members,
    for this pair alone; p: corrected; verdict: certain if p <= .05, which needs six members, else
    not certain.
    """
    rows = []
    for name, score in scores.items():
        if score.members is None:
            continue
        hardness = _by_member(score.first(members), labels, len(class_names))
        order = np.argsort(-hardness.mean(axis=0), kind="stable")
        changes = hardness[:, order[:-1]] - hardness[:, order[1:]]
        p = inference.max_t(changes, np.sqrt((changes**2).mean(axis=0)))
        means = zip(*t_interval(changes), p, strict=True)
        for harder, easier, row in zip(order[:-1], order[1:], means, strict=True):
            names = class_names[harder], class_names[easier]
            verdict = CERTAIN if row[-1] <= inference.ALPHA else UNCERTAIN
            rows.append((name, *names, harder, easier, *row, members, verdict))
    return columns_of([dict(zip(COLUMNS, row, strict=True)) for row in rows], COLUMNS)


def _by_member(scores: Scores, labels: np.ndarray, k: int) -> np.ndarray:
    """Each member's mean hardness of the classes, high = hard: (M, k)."""
    values = np.array([finite(member) for member in scores.of_samples(scores.scores)])
    means = class_values(values, labels, k, scores.harmonic)
    return -means if scores.direction == "down" else means
