"""What resampling changes, and how certain that is: the rows of effects/*.csv.

comparisons.py computes the quantities from the ensembles, judgement.py tests them, and here each
becomes a row. The cells of a family (metric by group of classes by strategy) are tested together;
its gaps are tested as a second family.
"""

from collections.abc import Sequence

import numpy as np

from hardness.analysis import variance
from hardness.analysis.comparisons import (
    GROUPS,
    METRICS,
    Compared,
    Comparison,
    Family,
    Inputs,
    Trained,
    cells,
    compared,
    gap_comparisons,
)
from hardness.analysis.judgement import FamilyJudgement, Judgement, judge
from hardness.analysis.pooling import pooled
from hardness.core.tables import columns_of

STRATEGY = (*Family._fields, "set", "over", "under")
POWER = (
    "smallest_margin",
    "noise_sd",
    "noise_low",
    "noise_high",
    "detectable_alone",
    "provable",
    "members_needed",
)
INTERVALS = ("low", "high", "interval", "welch_low", "welch_high")
TESTS = ("p", "margin", "detectable", "verdict")
PAIRS = ("pair_correlation", "pair_low", "pair_high")
COLUMNS = {
    "cells": [
        *STRATEGY, "metric", "group", "classes", "members", "draws", "change", "sd_over_classes",
        *INTERVALS, "images_low", "images_high", *TESTS, "rule", *POWER,
    ],
    "gaps": [
        *STRATEGY, "measure", "value", "baseline_value", "change", *INTERVALS, *TESTS, "members",
        "fixed_by", *POWER,
    ],
    "families": [*Family._fields, "strategies", "what", *FamilyJudgement._fields, *PAIRS],
    "classes": [
        *STRATEGY, "metric", "class", "name", "group", "change", "pooled", "low", "high", "tau",
        "tau_low", "tau_high", "note", "members",
    ],
}  # fmt: skip


def tables(inputs: Inputs) -> dict[str, dict[str, list]]:
    """The columns of effects/{cells,gaps,families,classes}.csv; see results/README.md."""
    rows: dict[str, list[dict]] = {name: [] for name in COLUMNS}
    for ensembles in compared(inputs):
        family, count = ensembles.family, len(ensembles.sets)
        print(f"{', '.join(map(str, family))}: {count} sets", flush=True)
        whole = family._asdict() | {"strategies": count} | dict.fromkeys(PAIRS)
        for table, comparisons in cells(inputs, ensembles).items():
            judgements, of_family = judge(comparisons, inputs.margin)
            rows["cells"] += _rows(family, comparisons, judgements)
            judged = {"what": table} | of_family._asdict() | _pairs(ensembles)
            rows["families"].append(whole | judged)
        comparisons = gap_comparisons(inputs, ensembles)
        judgements, of_family = judge(comparisons, None)
        rows["gaps"] += _rows(family, comparisons, judgements)
        rows["gaps"] += [_without_noise(ensembles, trained) for trained in ensembles.sets]
        rows["families"].append(whole | {"what": "gaps"} | of_family._asdict())
        rows["classes"] += _classes(inputs, ensembles)
    return {name: columns_of(rows[name], COLUMNS[name]) for name in COLUMNS}


def _rows(
    family: Family, comparisons: Sequence[Comparison], judgements: Sequence[Judgement]
) -> list[dict]:
    """One row per comparison."""
    return [
        _strategy(family, comparison.trained) | {**comparison.described} | judgement._asdict()
        for comparison, judgement in zip(comparisons, judgements, strict=True)
    ]


def _strategy(family: Family, trained: Trained) -> dict:
    spec = trained.spec
    return family._asdict() | {"set": trained.name, "over": spec.over, "under": spec.under}


def _pairs(ensembles: Compared) -> dict:
    """The correlation of recall between members of the same seed, over all sets and classes of a
    family.
    """
    values = np.concatenate(
        [trained.ensemble.metrics["recall"] for trained in ensembles.sets], axis=1
    )
    baseline = np.tile(ensembles.paired.metrics["recall"], len(ensembles.sets))
    return dict(zip(PAIRS, variance.pair_correlation(values, baseline), strict=True))


def _without_noise(ensembles: Compared, trained: Trained) -> dict:
    """The row of the one gap that is not a mean over members: it has an interval, but no test."""
    recall, baseline = trained.ensemble.metrics["recall"], ensembles.paired.metrics["recall"]
    change, low, high = variance.sd_without_noise_change(recall, baseline)
    row = dict.fromkeys(COLUMNS["gaps"]) | _strategy(ensembles.family, trained)
    return row | {
        "measure": "sd_without_noise",
        "value": variance.sd_without_noise(recall),
        "baseline_value": variance.sd_without_noise(baseline),
        "change": change,
        "low": low,
        "high": high,
        "interval": "jackknife over members",
        "members": ensembles.members,
    }


def _classes(inputs: Inputs, ensembles: Compared) -> list[dict]:
    """One row per set, metric and class: partial pooling, one fit per set and metric."""
    rows = []
    for trained in ensembles.sets:
        for metric in METRICS:
            changes = trained.ensemble.metrics[metric] - ensembles.paired.metrics[metric]
            fit = pooled(changes, inputs.easy)
            for c, is_easy in enumerate(inputs.easy):
                row = {
                    "metric": metric,
                    "class": c,
                    "name": inputs.class_names[c],
                    "group": GROUPS[0 if is_easy else 1],
                    "change": changes[:, c].mean(),
                    "pooled": fit.classes[c],
                    "low": fit.low[c],
                    "high": fit.high[c],
                    "tau": fit.tau,
                    "tau_low": fit.tau_low,
                    "tau_high": fit.tau_high,
                    "note": fit.note,
                    "members": len(changes),
                }
                rows.append(_strategy(ensembles.family, trained) | row)
    return rows
