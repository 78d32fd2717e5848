"""Select what figures show from the csv files: rows, changes and means. DataFrames in, DataFrames
out.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from hardness.analysis import evaluation as evaluations
from hardness.core.draws import draw_of
from hardness.core.intervals import spread
from hardness.evidence import ranks
from hardness.sets.spec import Pruned, Resampled

RANKED = ["class", "name", "n", "hardness"]
BOUNDS = ["sample_low", "sample_high", "member_low", "member_high"]


def with_setting(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a column `setting`: alpha in mode paper, rho in mode study."""
    return frame.assign(
        setting=frame["alpha"].where(frame["mode"] == "paper", frame["rho"]).astype(float)
    )


def of_base_recipe(evaluation: pd.DataFrame, study: dict) -> pd.DataFrame:
    return evaluation[evaluation["recipe"] == study["base_recipe"]]


def of_set(evaluation: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of one training set. Raises ValueError if there are none."""
    rows = evaluation[evaluation["set"] == name]
    if rows.empty:
        raise ValueError(
            f"the evaluation has no rows of the training set {name!r} under the base recipe; this "
            "figure needs them"
        )
    return rows


def of_full(evaluation: pd.DataFrame, study: dict, use: str) -> pd.DataFrame:
    """The rows of full, for the first members only: as many as the ensemble for `use` has. Raises
    as of_set.
    """
    rows = of_set(evaluation, "full")
    return rows[rows["seed"].isin(sorted(rows["seed"].unique())[: study["members"][use]])]


def resampled(evaluation: pd.DataFrame, study: dict, over: str, under: str) -> list[Resampled]:
    """The evaluated sets of a strategy, by their names. Raises ValueError if there are none."""
    specs = [study["sets"][name] for name in sorted(set(evaluation["set"]))]
    chosen = [
        spec
        for spec in specs
        if isinstance(spec, Resampled) and (spec.over, spec.under) == (over, under)
    ]
    if not chosen:
        raise ValueError(
            f"no training set with over {over!r} and under {under!r} is evaluated: add it to the "
            "resampling grid"
        )
    return chosen


def change(evaluation: pd.DataFrame, name: str, value: str) -> pd.DataFrame:
    """A set's `value` minus the same seed's on full: columns seed, class, name, change. Raises as
    of_set and evaluation.change.
    """
    rows, full = of_set(evaluation, name), of_set(evaluation, "full")
    (seeds, values), (others, baseline) = (
        evaluations.by_member(
            {column: frame[column].to_numpy() for column in ("seed", "class", value)}, value
        )
        for frame in (rows, full)
    )
    classes = rows.drop_duplicates("class").sort_values("class")
    differences = evaluations.change(values, seeds, baseline, others)
    return pd.DataFrame(
        {
            "seed": np.repeat(seeds, len(classes)),
            "class": np.tile(classes["class"], len(seeds)),
            "name": np.tile(classes["name"], len(seeds)),
            "change": differences.ravel(),
        }
    )


def by_pruning_rate(evaluation: pd.DataFrame, study: dict, levels: Sequence[str]) -> pd.DataFrame:
    """The rows of the pruned sets of some levels, with level, rate and draws; the retraining seeds
    of full have rate 0.

    If sets are made by several estimators or ensemble sizes, those by the ranking estimator are
    taken, or else the first.
    """
    evaluation = of_base_recipe(evaluation, study)
    specs = [study["sets"][name] for name in sorted(set(evaluation["set"]))]
    pruned = [spec for spec in specs if isinstance(spec, Pruned) and spec.level in levels]
    made_by = {(spec.estimator, spec.members) for spec in pruned if spec.estimator}
    wanted = (study["ranked_by"], study["members"]["hardness"])
    chosen = {wanted if wanted in made_by else min(made_by, default=wanted), (None, None)}
    pruned = [spec for spec in pruned if (spec.estimator, spec.members) in chosen]
    full = of_full(evaluation, study, "retraining")
    present = [level for level in levels if level in {spec.level for spec in pruned}]
    parts = [full.assign(level=level, rate=0, draws=1) for level in present]
    for spec in pruned:
        rows = of_set(evaluation, spec.name)
        parts.append(rows.assign(level=spec.level, rate=spec.rate, draws=spec.draws))
    if not parts:
        raise ValueError(
            f"no training set of the levels {', '.join(levels)} is evaluated: add them to the "
            "pruning grid"
        )
    return pd.concat(parts, ignore_index=True)


def summarize(frame: pd.DataFrame, by: list[str], value: str) -> pd.DataFrame:
    """Mean over members and its interval (intervals.spread), by group: columns `by`, mean, low,
    high, members.

    frame: one row per member and group, with its seed, and with the draws of its training set if
    there are several.
    """
    rows = []
    for key, part in frame.groupby(by, sort=True):
        values = part[value].to_numpy(dtype=float)
        draws = part["draws"].to_numpy() if "draws" in part else 1
        low, high, _ = spread(values, draw_of(part["seed"].to_numpy(), draws))
        rows.append((*key, values.mean(), low, high, len(part)))
    return pd.DataFrame(rows, columns=[*by, "mean", "low", "high", "members"])


def classes_by_hardness(
    allocation: pd.DataFrame, estimator: str, groups: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Classes from the easiest to the hardest by an estimator: class, name, n, hardness, its
    intervals, rank (1 = easiest).

    allocation: of that estimator; groups: groups.csv, which adds a column hard.
    """
    rows = allocation[allocation["estimator"] == estimator]
    if rows.empty:
        raise ValueError(
            f"the allocation has no rows of {estimator!r}, by which classes are sorted"
        )
    order = ranks.classes_by_hardness(
        rows["class"].to_numpy(), rows["hardness"].to_numpy(), estimator
    )
    rows = rows.iloc[order].reset_index(drop=True)
    columns = [*RANKED, *BOUNDS]
    if groups is not None:
        rows = rows.assign(hard=rows["class"].map(groups.set_index("class")["group"] == "hard"))
        columns.append("hard")
    return rows[columns].assign(rank=np.arange(1, len(rows) + 1))
