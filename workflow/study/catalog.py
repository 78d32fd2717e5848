"""The catalog of figures and tables: which ones a data set's config plans, and from which files.

The file of a figure or table names its inputs by abstract names (hardness/evidence/parts.py);
inventory.py turns these into files below results/. So a new figure or table is one new file and
needs no change here.
"""

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hardness.core.names import nearest
from hardness.core.registry import Registry
from hardness.evidence.parts import FIGURES, TABLES
from hardness.scoring.parts import estimator_source
from hardness.sets.spec import FULL

from . import layout, published, rebalancing, trained
from .inventory import (
    ARTIFACTS,
    OF_METHODS,
    Artifact,
    holds_inputs,
    is_reviewed,
    path_of,
    paths_of,
)
from .plan import Ensemble, Plan
from .settings.source import ImageFolder

FIGURE_FILES, TABLE_FILES = ("pdf", "png", "csv"), ("csv", "tex", "md")
EVALUATION = "evaluation"


class Entry(NamedTuple):
    """What a figure or table is made from. inputs: name -> path, a list of paths for evaluations;
    evaluated: their ensembles, in the same order.
    """

    inputs: dict[str, str | list[str]]
    evaluated: list[Ensemble]


class Catalog:
    """All figures, or all tables, of a plan. ends: the suffixes of each one's files."""

    def __init__(self, plan: Plan, registry: Registry, ends: tuple[str, ...], place: layout.Place):
        self.plan, self.registry, self.ends, self.place = plan, registry, ends, place
        self._literal = functools.cache(registry.literal)  # a file is read once
        self._text = functools.cache(lambda name: registry.file(name).read_text(encoding="utf-8"))

    def planned(self, dataset: str) -> list[str]:
        """Return the names that the data set's config plans: first those with LEADS, then by the
        paper's numbers, then those that the paper does not have.
        """
        names = sorted(self.registry.names(), key=self._order)
        return [name for name in names if self._entry(dataset, name) is not None]

    def entry(self, dataset: str, name: str) -> Entry:
        """Return what a figure or table is made from.

        Raises ValueError if the name is unknown, if the config does not plan it, or if its file
        names an unknown artifact.
        """
        self.registry.file(name)
        if (entry := self._entry(dataset, name)) is None:
            raise ValueError(
                f"the config plans no {name} for {dataset}: check resampling, pruning, "
                f"estimators, ensembles, stands_for and source in datasets.{dataset}"
            )
        return entry

    def study(self, dataset: str, name: str) -> dict[str, Any]:
        """Return the facts of the study that one figure or table is given, in plain values: only
        what it shows, so that nothing else makes it stale.
        """
        evaluated, told = self.entry(dataset, name).evaluated, self.told(dataset)
        if self._literal(name, "PUBLISHED", False):
            told["published"] = published.cells(told["stands_for"])
        if not OF_METHODS.isdisjoint(self._said(name, "INPUTS")):
            told["rebalancing"] = rebalancing.told(self.plan, dataset)
        if words := self.trained(dataset, [name]):
            told["trained"] = words
        return told | {
            "sets": {one.set: self.plan.set(dataset, one.set).columns() for one in evaluated},
            "evaluated": [list(one) for one in evaluated],
        }

    def told(self, dataset: str) -> dict[str, Any]:
        """Return the facts of the study that every figure and table is given, in plain values."""
        settings, sizes = self.plan.dataset(dataset), self.plan.dataset_params(dataset)["ensembles"]
        return {
            "dataset": dataset,
            "members": {use: size for use, size in sizes.items() if use != "stability"},
            "paper_estimator": settings.paper_estimator,
            "ranked_by": self.plan.ranked_by(dataset),
            "paper_suffix": self.plan.paper_suffix(dataset),
            "base_recipe": settings.recipe,
            "stands_for": settings.stands_for,
        }

    def trained(self, dataset: str, names: Iterable[str]) -> dict[str, str]:
        """Return the words on training that the files of these figures or tables ask for."""
        return trained.told(self.plan, dataset, map(self._text, names))

    def files(self, dataset: str) -> list[str]:
        """All files of all that are planned."""
        return [path for name in self.planned(dataset) for path in self.paths(dataset, name)]

    def paths(self, dataset: str, name: str) -> list[str]:
        return [self.place.path(dataset=dataset, name=name, end=end) for end in self.ends]

    def parts(self, dataset: str, rule: str) -> list[dict[str, str]]:
        """Return what the report shows: for each its name, its files by suffix, and its log."""
        return [
            {"name": name, "log": layout.LOG.path(dataset=dataset, rule=rule, name=name)}
            | dict(zip(self.ends, self.paths(dataset, name), strict=True))
            for name in self.planned(dataset)
        ]

    def _order(self, name: str) -> tuple:
        number, leads = self._literal(name, "NUMBER"), self._literal(name, "LEADS", False)
        by_value = re.sub(r"\d+", lambda digits: digits[0].zfill(3), number or "")
        return not leads, number is None, by_value, name

    def _entry(self, dataset: str, name: str) -> Entry | None:
        plan, settings = self.plan, self.plan.dataset(dataset)
        wanted, filters = self._said(name, "INPUTS"), self._said(name, "SETS")
        chosen = [one for filter in filters for one in chosen_by(plan, dataset, filter)]
        estimators = {*self._said(name, "ESTIMATORS")}
        if (filters and not chosen) or not estimators <= {*settings.estimators}:
            return None
        if EVALUATION in wanted and not plan.trains(dataset):
            return None
        full = Ensemble(FULL.name, settings.recipe)
        evaluated = [full, *chosen] if EVALUATION in wanted else []
        inputs: dict[str, str | list[str]] = {}
        for key in wanted:
            if key == EVALUATION:
                inputs[key] = plan.evaluations(dataset, evaluated)
                continue
            artifact = self._artifact(name, key)
            if not artifact.is_planned(plan, dataset):
                return None
            inputs[key] = path_of(plan, dataset, artifact)
        return Entry(inputs, evaluated)

    def _said(self, name: str, key: str) -> tuple:
        return self._literal(name, key, ())

    def _artifact(self, name: str, key: str) -> Artifact:
        if key not in ARTIFACTS:
            raise ValueError(
                f"{self.registry.file(name)}: INPUTS has the unknown artifact {key!r}: "
                f"{nearest(key, [EVALUATION, *ARTIFACTS])}"
            )
        return ARTIFACTS[key]


def chosen_by(plan: Plan, dataset: str, filter: Mapping[str, Any]) -> list[Ensemble]:
    """Return the ensembles whose set has the filter's columns: under the base recipe or, with
    `recipe: other` in the filter, under any other.
    """
    base, sets = plan.dataset(dataset).recipe, plan.sets(dataset)
    recipe = filter.get("recipe", "base")
    columns = {key: value for key, value in filter.items() if key != "recipe"}
    return [
        one
        for one in plan.asked_ensembles(dataset)
        if (one.recipe == base) == (recipe == "base")
        and columns.items() <= sets[one.set].columns().items()
    ]


def _index_lists(plan: Plan, dataset: str) -> list[str]:
    """The training sets except full: a user trains on them elsewhere."""
    names = [name for name in plan.sets(dataset) if name != FULL.name]
    return [layout.SET.path(dataset=dataset, set=name) for name in names]


def figures(plan: Plan) -> Catalog:
    return Catalog(plan, FIGURES, FIGURE_FILES, layout.FIGURE)


def tables(plan: Plan) -> Catalog:
    return Catalog(plan, TABLES, TABLE_FILES, layout.TABLE)


def targets(figures: Catalog, tables: Catalog, dataset: str) -> list[str]:
    """Return all files that a data set's part of the config asks for, except the report."""
    plan = figures.plan
    estimators = [
        name
        for name in plan.dataset(dataset).estimators
        if estimator_source(name) != "neighbours"  # their values of classes are in class-scores
    ]
    classes = [layout.EFFECTS.path(dataset=dataset, table="classes")]
    evaluated = [
        layout.COLLECTED.path(dataset=dataset, table=table) for table in ("classwise", "overall")
    ]
    duplicates = [layout.DUPLICATES.path(dataset=dataset)]
    left_out = [layout.LEFT_OUT.path(dataset=dataset)]
    sizes = [layout.SIZES.path(dataset=dataset)]
    compared = plan.compared(dataset)
    alone = [one for one in plan.ensembles(dataset) if one not in compared]
    return [
        *figures.files(dataset),
        *tables.files(dataset),
        *(layout.ALLOCATION.path(dataset=dataset, estimator=name) for name in estimators),
        *(layout.CLASS_SCORES.path(dataset=dataset, space=space) for space in plan.spaces(dataset)),
        layout.SAMPLES.path(dataset=dataset),
        *(duplicates if holds_inputs(plan, dataset) else []),
        *(left_out if isinstance(plan.dataset(dataset).source, ImageFolder) else []),
        *(sizes if len(plan.sets(dataset)) > 1 else []),  # others than full
        *(evaluated if plan.trains(dataset) else _index_lists(plan, dataset)),
        layout.STABILITY.path(dataset=dataset, table="reliability"),
        *_findings(plan, dataset),
        *(classes if plan.resampled(dataset) else []),
        *paths_of(
            plan, dataset, [name for name in ARTIFACTS if name.startswith("rebalancing-")]
        ).values(),
        *plan.evaluations(dataset, alone),
    ]


def _findings(plan: Plan, dataset: str) -> list[str]:
    """The files of findings on samples and classes; by networks that did not train on the samples
    if there are any.
    """
    reviewed = [layout.REVIEW.path(dataset=dataset)] if is_reviewed(plan, dataset) else []
    if not plan.is_held_out(dataset):
        return reviewed
    return [
        *reviewed,
        *(
            layout.OUT_OF_FOLD.path(dataset=dataset, table=table)
            for table in ("samples", "confusion", "classes")
        ),
        layout.CLASS_DIFFERENCES.path(dataset=dataset),
    ]
