"""Does it matter which estimator decides what samples are removed, or how classes are resampled?
Changes are paired by seed: the members of a pair start from the same weights.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import numpy as np

from hardness.analysis.evaluation import change
from hardness.core.draws import draw_of
from hardness.core.intervals import spread
from hardness.core.tables import Columns, columns_of, pick
from hardness.sets.spec import FULL, RANDOM, Pruned, Resampled, SetSpec

PRUNED = (
    "set", "level", "rate", "estimator", "members", "accuracy", "against", "change", "low", "high",
)  # fmt: skip
RESAMPLED = (
    "over", "under", "mode", "setting", "measure", "estimator", "than", "members", "change", "low",
    "high",
)  # fmt: skip
MEASURES = {"accuracy": "accuracy", "spread of recall": "recall_sd"}  # columns of overall.csv


def pruned(overall: Columns, specs: Mapping[str, SetSpec]) -> dict[str, list]:
    """Columns of unlabelled/pruned.csv: the accuracy of every pruned set, and its change against
    full, and against the same number of samples removed at random.

    overall: columns of evaluation/overall.csv, rows of one recipe; specs: of the sets, by name.
    estimator: empty where samples are removed at random; low, high: 95%, see intervals.spread.
    """
    rows = []
    sets = [one for one in specs.values() if isinstance(one, Pruned)]
    for one in sorted(sets, key=lambda one: (one.rate, one.level, one.estimator or "")):
        alike = [at for at in sets if (at.level, at.rate) == (RANDOM, one.rate)]
        seeds, accuracy = _values(overall, one.name, "accuracy")
        for control in (FULL, *(alike if one.level != RANDOM else ())):
            said = {
                "set": one.name, "level": one.level, "rate": one.rate,
                "estimator": one.estimator or "", "members": len(seeds),
                "accuracy": float(accuracy.mean()),
                "against": "full" if control is FULL else RANDOM,
            }  # fmt: skip
            rows.append(said | _paired(overall, one, control, "accuracy"))
    return columns_of(rows, PRUNED)


def resampled(overall: Columns, specs: Mapping[str, SetSpec]) -> dict[str, list]:
    """Columns of unlabelled/resampled.csv, for each way of resampling that exists by two or more
    estimators: its change by each estimator against full, and against the first estimator.

    overall, specs: as in `pruned`. measure: accuracy, or the standard deviation of recall over
    classes, of each member; estimators in alphabetical order.
    """
    rows = []
    for sets in _by_way(specs):
        for name, column in MEASURES.items():
            for one in sets:
                for control in (FULL, *(sets[:1] if one is not sets[0] else ())):
                    seeds, _ = _values(overall, one.name, column)
                    said = {
                        "over": one.over, "under": one.under, "mode": one.mode,
                        "setting": one.setting, "measure": name, "estimator": one.estimator,
                        "than": "full" if control is FULL else sets[0].estimator,
                        "members": len(seeds),
                    }  # fmt: skip
                    rows.append(said | _paired(overall, one, control, column))
    return columns_of(rows, RESAMPLED)


def _by_way(specs: Mapping[str, SetSpec]) -> Iterator[list[Resampled]]:
    def way(one: Resampled) -> tuple:
        return one.mode, one.setting, one.over, one.under

    usual = [
        one
        for one in specs.values()
        if isinstance(one, Resampled) and one.members == one.usual_members
    ]
    usual.sort(key=lambda one: (*way(one), one.estimator))
    for _, sets in groupby(usual, way):
        if len(same := list(sets)) > 1:
            yield same


def _values(overall: Columns, name: str, column: str) -> tuple[np.ndarray, np.ndarray]:
    rows = pick(overall, set=name)
    return rows["seed"], rows[column]


def _paired(overall: Columns, one: Any, control: Any, column: str) -> dict[str, float]:
    seeds, values = _values(overall, one.name, column)
    others, baseline = _values(overall, control.name, column)
    changes = change(values, seeds, baseline, others)
    low, high, _ = spread(changes, draw_of(seeds, max(one.draws, control.draws)))
    return {"change": float(changes.mean()), "low": low, "high": high}
