"""How far estimators agree on which samples are hard: rank correlations between all of them."""

from collections.abc import Iterable

import numpy as np

from hardness.analysis.correlations import ranks, standardized
from hardness.scoring.estimation import direction

COLUMNS = ("setting", "first", "second", "rho")


def table(scored: Iterable[tuple[str, str, np.ndarray]]) -> dict[str, list]:
    """Columns of difficulty/agreement.csv, one row per setting and pair of estimators: Spearman's
    correlation of the samples' hardness, with each estimator's scores signed such that high is
    hard.

    scored: setting, estimator and scores (n,) of samples. An estimator that gives all samples of a
    setting the same score has no correlations, and no rows.
    """
    by_setting: dict[str, dict[str, np.ndarray]] = {}
    for setting, name, scores in scored:
        if (scores != scores[0]).any():
            sign = -1 if direction(name) == "down" else 1
            by_setting.setdefault(setting, {})[name] = sign * standardized(ranks(scores))
    columns: dict[str, list] = {name: [] for name in COLUMNS}
    for setting, rows in by_setting.items():
        names, stacked = list(rows), np.stack([*rows.values()])
        rho = np.clip(stacked @ stacked.T, -1, 1)
        columns["setting"] += [setting] * rho.size
        columns["first"] += [name for name in names for _ in names]
        columns["second"] += names * len(names)
        columns["rho"] += rho.ravel().tolist()
    return columns
