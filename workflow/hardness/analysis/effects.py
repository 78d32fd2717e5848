"""What resampling changes, and how well that is known: every test and interval, for all tables of a
data set.

A family is one table: the sets of one alpha or rho, one estimator, one recipe, against one
baseline. Its cells (metric by group of classes by strategy) are tested together, its gaps are a
second family. All comparisons are paired by seed.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hardness.analysis import inference, variance
from hardness.analysis.evaluation import class_metrics, confusion, fixed_classes, gaps
from hardness.analysis.pooling import pooled
from hardness.core.intervals import SHARED, spread
from hardness.sets.spec import SetSpec

METRICS = ("precision", "recall", "f1", "mcc")
TABLES = {"table": ("precision", "recall"), "further": ("f1", "mcc")}  # families of cells
GROUPS = ("easy", "hard")
SEED = 0  # of the sign flips and the bootstrap


class Family(NamedTuple):
    """recipe: of the sets; baseline: own (full by the same recipe), base-recipe, or origin (full of
    the data set that this one was made from); suffix: of the sets' names, such as el2n.
    """

    recipe: str
    baseline: str
    mode: str
    setting: float
    suffix: str


class Ensemble(NamedTuple):
    """A trained ensemble on the test set: predicted classes (M, n), and each class's metrics, name
    -> (M, k).
    """

    predicted: np.ndarray
    metrics: dict[str, np.ndarray]

    def first(self, members: int) -> "Ensemble":
        return Ensemble(
            self.predicted[:members],
            {name: values[:members] for name, values in self.metrics.items()},
        )


def ensemble(labels: np.ndarray, predicted: np.ndarray, k: int) -> Ensemble:
    """labels: (n,), predicted: (M, n). Raises as confusion and class_metrics."""
    metrics = class_metrics(confusion(labels, predicted, k))
    return Ensemble(predicted, {name: metrics[name] for name in METRICS})


def families(
    sets: Mapping[str, SetSpec], trained: Sequence[tuple[str, str]], base: str, origin: bool
) -> dict:
    """Family -> the names of its sets, in the given order.

    sets: name -> specification; trained: (set, recipe) of the resampled ensembles; base: the base
    recipe; origin: whether there is such a baseline.
    """
    found: dict[Family, list[str]] = {}
    for name, recipe in trained:
        spec = sets[name]
        for baseline in (
            "own",
            *(["base-recipe"] if recipe != base else []),
            *(["origin"] if origin else []),
        ):
            family = Family(recipe, baseline, spec.mode, float(spec.setting), spec.suffix)
            found.setdefault(family, []).append(name)
    return found


class Inputs(NamedTuple):
    """What all families of a data set share. labels: (n,) of the test set; easy: (k,) bool; rule:
    of groups.csv; sets: name -> specification; ensembles: (set, recipe) -> Ensemble, members in the
    order of their seeds; base: the base recipe; origin: full of the data set that this one was made
    from, or None; margin: a fraction, or None.
    """

    labels: np.ndarray
    easy: np.ndarray
    rule: str
    class_names: np.ndarray
    sets: Mapping[str, SetSpec]
    ensembles: Mapping[tuple[str, str], Ensemble]
    base: str
    origin: Ensemble | None
    margin: float | None

    def baseline(self, family: Family) -> Ensemble:
        if family.baseline == "origin":
            return self.origin
        return self.ensembles[
            "full", self.base if family.baseline == "base-recipe" else family.recipe
        ]

    def scale(self, family: Family) -> Ensemble:
        """The full whose members' spread is max-T's scale: that with the most members, under the
        base recipe.
        """
        return self.origin if family.baseline == "origin" else self.ensembles["full", self.base]


def tables(inputs: Inputs) -> dict[str, dict[str, list]]:
    """The columns of effects/{cells,gaps,families,classes}.csv; see results/README.md."""
    trained = [one for one in inputs.ensembles if one[0] != "full"]
    if not trained:
        raise ValueError(
            "no resampled set is trained: add a grid to the data set's resampling in the config"
        )
    found = families(inputs.sets, trained, inputs.base, inputs.origin is not None)
    rows: dict[str, list[dict]] = {name: [] for name in ("cells", "gaps", "families", "classes")}
    for family, names in found.items():
        shown = family._asdict()
        compared = _compared(inputs, family, names)
        print(f"{', '.join(map(str, family))}: {len(names)} sets", flush=True)
        cells, said = _cells(inputs, family, names, *compared)
        gap_rows, said_of_gaps = _gaps(inputs, family, names, *compared)
        rows["cells"] += [shown | row for row in cells]
        rows["gaps"] += [shown | row for row in gap_rows]
        rows["families"] += [
            shown | {"strategies": len(names)} | row for row in [*said, said_of_gaps]
        ]
        rows["classes"] += [shown | row for row in _classes(inputs, names, *compared)]
    return {
        name: {key: [row[key] for row in part] for key in part[0]} for name, part in rows.items()
    }


def _compared(
    inputs: Inputs, family: Family, names: list[str]
) -> tuple[Ensemble, Ensemble, list[Ensemble]]:
    """All members of the baseline; those of them that are compared; and the members of each set, of
    the same seeds.
    """
    sets = [inputs.ensembles[name, family.recipe] for name in names]
    full = inputs.baseline(family)
    members = {len(one.predicted) for one in sets}
    if len(members) > 1 or max(members) > len(full.predicted):
        raise ValueError(
            f"{', '.join(names)} have {sorted(members)} members, and full {len(full.predicted)}: changes are paired by "
            "seed, so all sets need the same number, and full at least as many"
        )
    return full, full.first(members.pop()), sets


def _draws(inputs: Inputs, name: str) -> int:
    """How many draws there are of a set; one without chance in it has one."""
    return inputs.sets[name].draws


def _shared(draws: int, members: int) -> bool:
    """Whether some members share a draw, and not all of them the one."""
    return 1 < draws < members


def _units(values: np.ndarray, draws: Sequence[int]) -> np.ndarray | None:
    """What is independent of each other: the members' values (M, ...), or the means over the
    members of each of the draws that they share (D, ...). None where nothing can be tested: sets
    with 2 to 5 shared draws, or with different numbers of them.

    draws: of each set of the family.
    """
    members = len(values)
    shared = {number for number in draws if _shared(number, members)}
    if not shared:
        return values
    if len(shared) > 1 or min(shared) < SHARED:
        return None
    (number,) = shared
    return np.stack([values[np.arange(members) % number == d].mean(axis=0) for d in range(number)])


def _strategy(inputs: Inputs, name: str) -> dict:
    return {"set": name, "over": inputs.sets[name].over, "under": inputs.sets[name].under}


def _group_means(one: Ensemble, metric: str, easy: np.ndarray) -> np.ndarray:
    """A metric's mean over easy and over hard classes: (M, 2); nan for an empty group."""
    values = one.metrics[metric]
    groups = [
        values[:, chosen].mean(axis=1) if chosen.any() else np.full(len(values), np.nan)
        for chosen in (easy, ~easy)
    ]
    return np.stack(groups, axis=1)


def _tested(
    changes: np.ndarray, scale_from: np.ndarray, column: np.ndarray, draws: Sequence[int]
) -> dict:
    """What the tests say of a family's cells: changes (M, c); scale_from (m, columns), the members
    of full whose spread is max-T's scale; column (c,). p and detectable are (c,).
    """
    units, cells = _units(changes, draws), changes.shape[1]
    if units is None:
        missing = np.full(cells, np.nan)
        return {
            "units": changes,
            "p": missing,
            "detectable": missing,
            "tested": False,
            "scale_members": 0,
        }
    scale = inference.scales(scale_from, units, column)
    found = inference.detectable(units, scale, SEED)
    p = inference.max_t(units, scale, SEED)
    return {
        "units": units,
        "p": p,
        "detectable": found,
        "tested": True,
        "scale_members": len(scale_from),
    }


def _noise(tests: dict, margins: Sequence[float | None]) -> list[dict]:
    """Of each cell of _tested: the margin shown, the noise of one unit with its 95% interval, what
    that lets one find and what the margin needs.
    """
    units = tests["units"]
    shown = inference.smallest_margin(units)
    if len(units) < 2 or not tests["tested"]:
        sd = shown = np.full(units.shape[1], np.nan)
    else:
        sd = units.std(axis=0, ddof=1)
    low, high = inference.sd_interval(sd, len(units))
    alone, provable = (
        inference.detectable_by_t(sd, len(units)),
        inference.detectable_margin(sd, len(units)),
    )
    return [
        {
            "smallest_margin": shown[i],
            "noise_sd": sd[i], "noise_low": low[i], "noise_high": high[i], "detectable_alone": alone[i],
            "provable": provable[i], "members_needed": inference.members_needed(sd[i], margins[i]),
        }
        for i in range(units.shape[1])
    ]  # fmt: skip


def _cells(
    inputs: Inputs,
    family: Family,
    names: list[str],
    full: Ensemble,
    paired: Ensemble,
    sets: list[Ensemble],
):
    """Rows of cells.csv, and the rows of families.csv for its tables of METRICS."""
    groups, draws = np.stack([inputs.easy, ~inputs.easy]), [_draws(inputs, name) for name in names]
    beyond = _beyond_test_set(inputs, names, groups, paired, sets)
    scale_full = inputs.scale(family)
    rows, said = [], []
    for what, metrics in TABLES.items():
        keys = [
            (name, one, metric, g)
            for name, one in zip(names, sets, strict=True)
            for metric in metrics
            for g in range(2)
            if groups[g].any()
        ]
        means = {metric: _group_means(paired, metric, inputs.easy) for metric in metrics}
        changes = np.stack(
            [
                (_group_means(one, metric, inputs.easy) - means[metric])[:, g]
                for _, one, metric, g in keys
            ],
            axis=1,
        )
        scale_from = np.concatenate(
            [_group_means(scale_full, metric, inputs.easy) for metric in metrics], axis=1
        )
        column = np.array([2 * metrics.index(metric) + g for _, _, metric, g in keys])
        tests = _tested(changes, scale_from, column, draws)
        passes, _ = inference.tost(tests["units"], inputs.margin if tests["tested"] else None)
        noise = _noise(tests, [inputs.margin] * len(keys))
        for i, (name, one, metric, g) in enumerate(keys):
            low, high, kind = spread(changes[:, i], np.arange(len(changes)) % _draws(inputs, name))
            welch_low, welch_high = _welch(
                _group_means(one, metric, inputs.easy)[:, g],
                _group_means(full, metric, inputs.easy)[:, g],
                _draws(inputs, name),
            )
            by_class = (one.metrics[metric] - paired.metrics[metric]).mean(axis=0)[groups[g]]
            images_low, images_high = (
                bound[names.index(name), METRICS.index(metric), g] for bound in beyond
            )
            rows.append(
                _strategy(inputs, name)
                | {
                    "metric": metric, "group": GROUPS[g], "classes": int(groups[g].sum()), "members": len(changes),
                    "draws": min(_draws(inputs, name), len(changes)), "change": changes[:, i].mean(),
                    "sd_over_classes": by_class.std(ddof=0), "low": low, "high": high, "interval": kind,
                    "welch_low": welch_low, "welch_high": welch_high,
                    "images_low": images_low, "images_high": images_high, "p": tests["p"][i], "margin": inputs.margin,
                    "detectable": tests["detectable"][i],
                    "verdict": inference.verdict(tests["p"][i], bool(passes[i]), len(tests["units"])),
                    "rule": inputs.rule,
                }
                | noise[i]
            )  # fmt: skip
        said.append({"what": what} | _family(tests, inputs.margin) | _pairs(paired, sets))
    return rows, said


def _welch(values: np.ndarray, baseline: np.ndarray, draws: int) -> tuple[float, float]:
    """The unpaired interval's bounds; none where members share draws, and so are not
    independent.
    """
    if _shared(draws, len(values)):
        return np.nan, np.nan
    _, low, high = variance.welch(values, baseline)
    return low, high


def _beyond_test_set(
    inputs: Inputs, names: list[str], groups: np.ndarray, paired: Ensemble, sets: list[Ensemble]
) -> np.ndarray:
    """Bounds (2, sets, METRICS, groups) of intervals over members and test images; nan where
    members share draws.
    """
    labels = inputs.labels
    bounds = np.full((2, len(sets), len(METRICS), 2), np.nan)
    others = [METRICS.index(metric) for metric in variance.METRICS]
    low, high = variance.two_way_bootstrap(
        labels, [one.predicted for one in (paired, *sets)], groups, SEED
    )
    bounds[0][:, others], bounds[1][:, others] = low, high
    for i, one in enumerate(sets):
        right, right_of_full = one.predicted == labels, paired.predicted == labels
        _, *bounds[:, i, METRICS.index("recall")] = variance.beyond_images(
            right, right_of_full, labels, groups
        )
    bounds[:, [_shared(_draws(inputs, name), len(paired.predicted)) for name in names]] = np.nan
    return bounds


def _family(tests: dict, margin: float | None) -> dict:
    """What is said of a family as a whole."""
    units = tests["units"]
    verdict, power = inference.nothing_in_table(units, margin if tests["tested"] else None)
    largest, point = inference.largest_point(units)
    return {
        "cells": units.shape[1], "largest": largest, "point95": point if tests["tested"] else None,
        "smallest_p": tests["p"].min(), "nothing": verdict == inference.NOTHING, "nothing_power": power,
        "nothing_verdict": verdict, "units": len(units), "margin": margin, "scale_members": tests["scale_members"],
    }  # fmt: skip


def _pairs(paired: Ensemble, sets: list[Ensemble]) -> dict:
    """The correlation of pairs over all sets and classes of a family, by recall."""
    values = np.concatenate([one.metrics["recall"] for one in sets], axis=1)
    r, low, high = variance.pair_correlation(values, np.tile(paired.metrics["recall"], len(sets)))
    return {"pair_correlation": r, "pair_low": low, "pair_high": high}


def _gaps(
    inputs: Inputs,
    family: Family,
    names: list[str],
    full: Ensemble,
    paired: Ensemble,
    sets: list[Ensemble],
):
    """Rows of gaps.csv, and the row of families.csv for them: the second family of tests."""
    members, easy = len(paired.predicted), inputs.easy
    draws = [_draws(inputs, name) for name in names]
    best, worst, by = fixed_classes(full.metrics["recall"], members)

    def measured(one: Ensemble) -> dict[str, np.ndarray]:
        found = gaps(
            one.metrics["recall"], easy, best[: len(one.predicted)], worst[: len(one.predicted)]
        )
        return {
            name: values for name, values in found.items() if np.isfinite(values[:members]).all()
        }

    of_full, of_sets = measured(full), [measured(one) for one in sets]
    measures = list(of_full)
    keys = [(i, measure) for i in range(len(names)) for measure in measures]
    baseline = {measure: of_full[measure][:members] for measure in measures}
    changes = np.stack([of_sets[i][measure] - baseline[measure] for i, measure in keys], axis=1)
    scale_full = inputs.scale(family)
    judged = fixed_classes(scale_full.metrics["recall"], len(scale_full.predicted))[:2]
    spread_of = gaps(scale_full.metrics["recall"], easy, *judged)
    scale_from = np.stack([spread_of[measure] for measure in measures], axis=1)
    tests = _tested(
        changes, scale_from, np.array([measures.index(measure) for _, measure in keys]), draws
    )
    # the standard deviation is the one gap that so few members can prove
    margins = [
        inputs.margin if measure == "sd" and tests["tested"] else None for _, measure in keys
    ]
    noise = _noise(tests, margins)
    rows = []
    for j, (i, measure) in enumerate(keys):
        low, high, kind = spread(changes[:, j], np.arange(members) % _draws(inputs, names[i]))
        known = of_full[measure][np.isfinite(of_full[measure])]
        welch_low, welch_high = _welch(of_sets[i][measure], known, _draws(inputs, names[i]))
        passes, _ = inference.tost(tests["units"][:, j], margins[j])
        rows.append(
            _strategy(inputs, names[i])
            | {
                "measure": measure, "value": of_sets[i][measure].mean(), "baseline_value": baseline[measure].mean(),
                "change": changes[:, j].mean(), "low": low, "high": high, "interval": kind, "welch_low": welch_low,
                "welch_high": welch_high, "p": tests["p"][j], "margin": margins[j],
                "detectable": tests["detectable"][j],
                "verdict": inference.verdict(tests["p"][j], bool(passes), len(tests["units"])), "members": members,
                "fixed_by": by if measure.startswith("fixed") else None,
            }
            | noise[j]
        )  # fmt: skip
    empty = dict.fromkeys(rows[0])
    for i, name in enumerate(names):
        recall = sets[i].metrics["recall"]
        change, low, high = variance.sd_without_noise_change(recall, paired.metrics["recall"])
        rows.append(
            empty
            | _strategy(inputs, name)
            | {
                "measure": "sd_without_noise", "value": variance.sd_without_noise(recall),
                "baseline_value": variance.sd_without_noise(paired.metrics["recall"]), "change": change, "low": low,
                "high": high, "interval": "jackknife over members", "members": members,
            }
        )  # fmt: skip
    said = (
        {"what": "gaps"}
        | _family(tests, None)
        | dict.fromkeys(("pair_correlation", "pair_low", "pair_high"))
    )
    return rows, said


def _classes(
    inputs: Inputs, names: list[str], _: Ensemble, paired: Ensemble, sets: list[Ensemble]
) -> list[dict]:
    """Rows of classes.csv: partial pooling, one fit a set and metric."""
    rows = []
    for name, one in zip(names, sets, strict=True):
        for metric in METRICS:
            changes = one.metrics[metric] - paired.metrics[metric]
            values, low, high, tau, tau_low, tau_high, note = pooled(changes, inputs.easy)
            for c in range(len(inputs.easy)):
                rows.append(
                    _strategy(inputs, name)
                    | {
                        "metric": metric, "class": c, "name": inputs.class_names[c],
                        "group": GROUPS[0 if inputs.easy[c] else 1], "change": changes[:, c].mean(),
                        "pooled": values[c], "low": low[c], "high": high[c], "tau": tau, "tau_low": tau_low,
                        "tau_high": tau_high, "note": note, "members": len(changes),
                    }
                )  # fmt: skip
    return rows
