"""Which classes differ in hardness for certain: each class against the next easier one, by every
estimator that has members.

Classes stand in the order of their mean hardness over the members, which is how they are shown.
The same members score both classes of a pair, so their differences are paired. p-values are of
step-down max-T over sign flips of the members, each difference divided by its root mean square over
members, which no flip changes: they are corrected for all neighbouring pairs of the estimator.
That the order, and so the pairs, are chosen by the same scores does no harm: simulated with classes
that do not differ (6 to 20 members), some pair is called certain in 3 to 5% of studies of two
classes, and in at most 3% of those of 3 to 100. What is certain is what other networks would say of
these samples; of other samples nothing is said.
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
    """Columns of class-differences.csv: of each estimator with members the neighbouring classes,
    hardest first.

    scores: name -> scores; labels: (n,); members: the first so many are used. harder, easier: the
    classes' names, and their numbers; difference: of the mean hardness, up whatever the estimator's
    direction, with Student's 95% interval low, high over members, of this pair alone; p: corrected;
    verdict: certain, from p <= .05 on, which needs six members, or not certain.
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
