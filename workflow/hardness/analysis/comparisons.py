"""What is compared: each quantity of a resampled set with that of its baseline, paired by seed.

A family is one table: the sets of one alpha or rho, one estimator, one recipe, against one
baseline. This module collects its ensembles and computes its quantities. judgement.py tests them;
effects.py makes the rows of the tables.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hardness.analysis import variance
from hardness.analysis.evaluation import class_metrics, confusion, fixed_classes, gaps
from hardness.analysis.units import is_shared, is_testable
from hardness.sets.spec import Resampled

METRICS = ("precision", "recall", "accuracy", "f1", "mcc")
# families of cells
TABLES = {"table": ("precision", "recall"), "further": ("accuracy", "f1", "mcc")}
GROUPS = ("easy", "hard")
PROVABLE_GAP = "sd"  # the one gap that can be shown not to change with so few members
SEED = 0  # of the bootstrap


class Family(NamedTuple):
    """recipe: of the sets; baseline: own (full by the same recipe), base-recipe (full by the base
    recipe), or origin (full of the data set that this one was made from); suffix: of the sets'
    names, such as el2n.
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
    """The Ensemble of predictions. labels: (n,), predicted: (M, n). Raises as confusion and
    class_metrics.
    """
    metrics = class_metrics(confusion(labels, predicted, k))
    return Ensemble(predicted, {name: metrics[name] for name in METRICS})


class Inputs(NamedTuple):
    """What all families of a data set share.

    labels: (n,) of the test set; easy: (k,) bool; rule: of groups.csv; sets: name ->
    specification; ensembles: (set, recipe) -> Ensemble, members in the order of their seeds; base:
    the base recipe; origin: full of the data set that this one was made from, or None; margin: a
    fraction, or None.
    """

    labels: np.ndarray
    easy: np.ndarray
    rule: str
    class_names: np.ndarray
    sets: Mapping[str, Resampled]
    ensembles: Mapping[tuple[str, str], Ensemble]
    base: str
    origin: Ensemble | None
    margin: float | None


class Trained(NamedTuple):
    """A resampled set and its ensemble."""

    name: str
    spec: Resampled
    ensemble: Ensemble


@dataclass(frozen=True)
class Compared:
    """The ensembles of a family.

    full: all members of the baseline; paired: those of them with the seeds of the sets' members;
    scale: the ensemble on the full set whose seed-to-seed standard deviation scales the max-T
    statistic (under the base recipe, the one with the most members).
    """

    family: Family
    sets: tuple[Trained, ...]
    full: Ensemble
    paired: Ensemble
    scale: Ensemble

    @property
    def members(self) -> int:
        return len(self.paired.predicted)

    @property
    def draws(self) -> list[int]:
        return [trained.spec.draws for trained in self.sets]


@dataclass(frozen=True)
class Comparison:
    """One quantity of a resampled set, with that of its baseline.

    quantity: such as ("recall", "easy"); comparisons of one quantity share max-T's scale.
    values, baseline: (M,), of members with the same seeds. all_baseline: (m,), of all members of
    the baseline. scale: (s,), of the ensemble that scales max-T. margin: a change within it counts
    as none; None: that is not tested. described: further columns of its row.
    """

    trained: Trained
    quantity: tuple[str, ...]
    values: np.ndarray
    baseline: np.ndarray
    all_baseline: np.ndarray
    scale: np.ndarray
    margin: float | None
    described: Mapping[str, object]

    @property
    def changes(self) -> np.ndarray:
        return self.values - self.baseline

    @property
    def draws(self) -> int:
        return self.trained.spec.draws


def families(
    sets: Mapping[str, Resampled], trained: Sequence[tuple[str, str]], base: str, origin: bool
) -> dict[Family, list[str]]:
    """Family -> the names of its sets, in the given order.

    sets: name -> specification; trained: (set, recipe) of the resampled ensembles; base: the base
    recipe; origin: whether there is a baseline of that name.
    """
    names_of: dict[Family, list[str]] = {}
    for name, recipe in trained:
        spec = sets[name]
        baselines = ["own"]
        baselines += ["base-recipe"] if recipe != base else []
        baselines += ["origin"] if origin else []
        for baseline in baselines:
            family = Family(recipe, baseline, spec.mode, float(spec.setting), spec.suffix)
            names_of.setdefault(family, []).append(name)
    return names_of


def compared(inputs: Inputs) -> Iterator[Compared]:
    """Each family's ensembles.

    Raises ValueError if no resampled set is trained, and if a family's sets have different numbers
    of members, or more than the baseline.
    """
    trained = [key for key in inputs.ensembles if key[0] != "full"]
    if not trained:
        raise ValueError(
            "no resampled set is trained: add a grid to the data set's resampling in the config"
        )
    names_of = families(inputs.sets, trained, inputs.base, inputs.origin is not None)
    for family, names in names_of.items():
        sets = tuple(
            Trained(name, inputs.sets[name], inputs.ensembles[name, family.recipe])
            for name in names
        )
        full, scale = _baseline(inputs, family)
        members = {len(trained.ensemble.predicted) for trained in sets}
        if len(members) > 1 or max(members) > len(full.predicted):
            raise ValueError(
                f"{', '.join(names)} have {sorted(members)} members, and full "
                f"{len(full.predicted)}: changes are paired by seed, so all sets need the same "
                "number, and full at least as many"
            )
        yield Compared(family, sets, full, full.first(members.pop()), scale)


def _baseline(inputs: Inputs, family: Family) -> tuple[Ensemble, Ensemble]:
    """The ensemble that a family is compared with, and the one that scales its max-T statistic."""
    if family.baseline == "origin":
        assert inputs.origin is not None  # families() makes none of this baseline without one
        return inputs.origin, inputs.origin
    recipe = inputs.base if family.baseline == "base-recipe" else family.recipe
    return inputs.ensembles["full", recipe], inputs.ensembles["full", inputs.base]


# Cells: a metric's mean over the easy or the hard classes


def group_means(ensemble: Ensemble, metric: str, easy: np.ndarray) -> np.ndarray:
    """A metric's mean over easy and over hard classes: (M, 2); nan for an empty group."""
    values = ensemble.metrics[metric]
    groups = [
        values[:, chosen].mean(axis=1) if chosen.any() else np.full(len(values), np.nan)
        for chosen in (easy, ~easy)
    ]
    return np.stack(groups, axis=1)


def cells(inputs: Inputs, compared: Compared) -> dict[str, list[Comparison]]:
    """The comparisons of each table in TABLES, by its name: set, metric, group of classes."""
    easy, groups = inputs.easy, np.stack([inputs.easy, ~inputs.easy])
    low, high = beyond_test_set(inputs.labels, groups, compared)

    def comparison(place: int, metric: str, g: int) -> Comparison:
        trained = compared.sets[place]
        values, baseline, all_baseline, scale = (
            group_means(ensemble, metric, easy)[:, g]
            for ensemble in (
                trained.ensemble,
                compared.paired,
                compared.full,
                compared.scale,
            )
        )
        by_member = trained.ensemble.metrics[metric] - compared.paired.metrics[metric]
        described = {
            "metric": metric,
            "group": GROUPS[g],
            "classes": int(groups[g].sum()),
            "sd_over_classes": by_member.mean(axis=0)[groups[g]].std(ddof=0),
            "images_low": low[place, METRICS.index(metric), g],
            "images_high": high[place, METRICS.index(metric), g],
            "rule": inputs.rule,
        }
        quantity = (metric, GROUPS[g])
        return Comparison(
            trained, quantity, values, baseline, all_baseline, scale, inputs.margin, described
        )

    return {
        table: [
            comparison(place, metric, g)
            for place in range(len(compared.sets))
            for metric in metrics
            for g in range(len(GROUPS))
            if groups[g].any()
        ]
        for table, metrics in TABLES.items()
    }


def beyond_test_set(
    labels: np.ndarray, groups: np.ndarray, compared: Compared
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of intervals over members and test images, each (sets, METRICS, groups); nan where
    members share draws.
    """
    ensembles = [trained.ensemble for trained in compared.sets]
    bounds = np.full((2, len(ensembles), len(METRICS), len(groups)), np.nan)
    others = [METRICS.index(metric) for metric in variance.METRICS]
    predicted = [ensemble.predicted for ensemble in (compared.paired, *ensembles)]
    low, high = variance.two_way_bootstrap(labels, predicted, groups, SEED)
    bounds[0][:, others], bounds[1][:, others] = low, high
    for i, ensemble in enumerate(ensembles):
        _, *bounds[:, i, METRICS.index("recall")] = variance.beyond_images(
            ensemble.predicted == labels, compared.paired.predicted == labels, labels, groups
        )
    bounds[:, [is_shared(draws, compared.members) for draws in compared.draws]] = np.nan
    return bounds[0], bounds[1]


# Gaps between classes


def gap_comparisons(inputs: Inputs, compared: Compared) -> list[Comparison]:
    """The comparisons of each gap of recall that every member has, set by set."""
    members, full = compared.members, compared.full
    best, worst, fixed_by = fixed_classes(full.metrics["recall"], members)

    def measured(ensemble: Ensemble) -> dict[str, np.ndarray]:
        own = len(ensemble.predicted)
        return gaps(ensemble.metrics["recall"], inputs.easy, best[:own], worst[:own])

    of_scale = compared.scale.metrics["recall"]
    scale = gaps(of_scale, inputs.easy, *fixed_classes(of_scale, len(of_scale))[:2])
    of_full = measured(full)
    shown = [name for name, of in of_full.items() if np.isfinite(of[:members]).all()]
    testable = is_testable(compared.draws, members)
    comparisons = []
    for trained in compared.sets:
        of_set = measured(trained.ensemble)
        for name in shown:
            every = of_full[name]
            described = {
                "measure": name,
                "value": of_set[name].mean(),
                "baseline_value": every[:members].mean(),
                "fixed_by": fixed_by if name.startswith("fixed") else None,
            }
            comparisons.append(
                Comparison(
                    trained=trained,
                    quantity=(name,),
                    values=of_set[name],
                    baseline=every[:members],
                    all_baseline=every[np.isfinite(every)],
                    scale=scale[name],
                    margin=inputs.margin if name == PROVABLE_GAP and testable else None,
                    described=described,
                )
            )
    return comparisons
