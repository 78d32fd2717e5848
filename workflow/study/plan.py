"""What the config asks for, by name: training sets, ensembles, blocks, and the files that hold
them.
"""

import functools
from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from hardness.core.names import nearest
from hardness.sets.spec import FULL, Folds, Resampled, SetSpec, suffix_of
from hardness.training.parts import observers

from . import layout
from .grids import asked

Value = TypeVar("Value")


class Ensemble(NamedTuple):
    """Networks trained on a training set by a recipe, both by name."""

    set: str
    recipe: str


class Plan:
    """The checked config, and the names and files that follow from it."""

    def __init__(self, config: dict):
        self.config = config
        self._asked_for = functools.cache(self._read_grids)
        self._trained = functools.cache(self._list_ensembles)

    def dataset(self, name: str) -> dict:
        return self._known("data set", name, self.config["datasets"])

    def recipe(self, name: str) -> dict:
        return self._known("recipe", name, self.config["recipes"])

    def recipes_observing(self, observer: str) -> list[str]:
        """The recipes that have an observer on the full set."""
        recipes = self.config["recipes"]
        return [name for name in recipes if observer in observers(recipes[name])]

    @staticmethod
    def _known(what: str, name: str, known: Mapping[str, Value]) -> Value:
        if name not in known:
            raise ValueError(f"unknown {what} {name!r}: {nearest(name, known)}")
        return known[name]

    # Training sets and ensembles

    def sets(self, dataset: str) -> dict[str, SetSpec]:
        """Every training set of a data set by its name, with its specification."""
        return {name: spec for name, (spec, _) in self._asked_for(dataset).items()}

    def ensembles(self, dataset: str) -> list[Ensemble]:
        """Every ensemble of a data set, `full` under each recipe among them."""
        return self._trained(dataset)

    def _list_ensembles(self, dataset: str) -> list[Ensemble]:
        sets = self._asked_for(dataset)
        recipes = list(dict.fromkeys(recipe for _, recipes in sets.values() for recipe in recipes))
        return [
            Ensemble(name, recipe)
            for name, (_, own) in sets.items()
            for recipe in (recipes if name == FULL.name else own)
        ]

    def _read_grids(self, dataset: str) -> dict[str, tuple[SetSpec, list[str]]]:
        """The training sets, each with its specification and the recipes by which it is trained."""
        found: dict[str, tuple[SetSpec, list[str]]] = {}
        for spec, recipes, *_ in asked(self.dataset(dataset)):
            _, known = found.setdefault(spec.name, (spec, []))
            known.extend(recipe for recipe in recipes if recipe not in known)
        return found

    def set(self, dataset: str, name: str) -> SetSpec:
        """A training set's specification. Raises ValueError with the nearest names."""
        return self._known(f"training set of {dataset}", name, self.sets(dataset))

    def names(self, dataset: str, **wanted: object) -> list[str]:
        """The sets, trained by the base recipe, whose specification has these columns:
        names("digits", kind="prune", level="dlp").
        """
        base = self.dataset(dataset)["recipe"]
        columns = {name: spec.columns() for name, spec in self.sets(dataset).items()}
        return [
            name
            for name, recipe in self.ensembles(dataset)
            if recipe == base
            and all(columns[name].get(key) == value for key, value in wanted.items())
        ]

    def resampled(self, dataset: str) -> list[Ensemble]:
        """The ensembles on resampled sets, and first full under each of their recipes; or none."""
        sets, base = self.sets(dataset), self.dataset(dataset)["recipe"]
        found = [one for one in self.ensembles(dataset) if isinstance(sets[one.set], Resampled)]
        recipes = dict.fromkeys([base, *(recipe for _, recipe in found)])
        return [*(Ensemble(FULL.name, recipe) for recipe in recipes), *found] if found else []

    def paper_suffix(self, dataset: str) -> str:
        """What the names of sets of mode paper say of the hardness, unless a grid names another."""
        return suffix_of(self.dataset(dataset)["paper_estimator"])

    def alphas(self, dataset: str) -> list[float]:
        """All alphas of a data set's resampling grids, ascending; 1 where there are none."""
        return self._settings(dataset, "alphas") or [1]

    def rhos(self, dataset: str) -> list[float]:
        """All rhos of a data set's resampling grids, ascending; 2 where there are none."""
        return self._settings(dataset, "rhos") or [2]

    def _settings(self, dataset: str, key: str) -> list[float]:
        return sorted(
            {value for grid in self.dataset(dataset)["resampling"] for value in grid[key]}
        )

    # Members and their files

    def members(self, dataset: str, name: str, recipe: str) -> int:
        """Members trained on a set: those that the largest ensemble of `full` needs, two of each
        draw of folds, or those of retraining.
        """
        if isinstance(spec := self.sets(dataset).get(name), Folds):
            return 2 * spec.draws
        settings = self.dataset(dataset)
        sizes = settings["ensembles"]
        is_base = name == FULL.name and recipe == settings["recipe"]
        return max(sizes.values()) if is_base else sizes["retraining"]

    def seeds(self, dataset: str, name: str, recipe: str, block: int) -> list[int]:
        """The seeds of a block. Raises ValueError if there is no such block."""
        size, members = self.recipe(recipe)["members_per_job"], self.members(dataset, name, recipe)
        seeds = list(range(block * size, min((block + 1) * size, members)))
        if not seeds:
            raise ValueError(
                f"{dataset}, {name}, {recipe}: no block {block}; {members} members in blocks of "
                f"{size} make blocks 0 to {(members - 1) // size}"
            )
        return seeds

    def blocks(self, dataset: str, name: str, recipe: str, file: str) -> list[str]:
        """One file of all blocks of an ensemble."""
        count = -(-self.members(dataset, name, recipe) // self.recipe(recipe)["members_per_job"])
        return [
            layout.BLOCK.path(dataset=dataset, set=name, recipe=recipe, block=block, file=file)
            for block in range(count)
        ]

    def blocks_of_origin(self, dataset: str) -> list[str]:
        """test.npz of `full` of the data set that a denoised one was made from, the paper's
        baseline for it; if that is trained by the same recipe, and has as many members as are
        compared.
        """
        settings = self.dataset(dataset)
        base, recipe = settings["source"].get("of"), settings["recipe"]
        if settings["source"]["kind"] != "denoised" or self.dataset(base)["recipe"] != recipe:
            return []
        if self.members(base, FULL.name, recipe) < settings["ensembles"]["retraining"]:
            return []
        return self.blocks(base, FULL.name, settings["recipe"], "test.npz")

    def evaluations(self, dataset: str, ensembles: Iterable[tuple[str, str]]) -> list[str]:
        return [
            layout.EVALUATION.path(dataset=dataset, set=name, recipe=recipe)
            for name, recipe in ensembles
        ]

    def hardness(self, dataset: str, estimator: str) -> str:
        return layout.HARDNESS.path(dataset=dataset, estimator=estimator)

    # Data sets

    def with_origins(self, datasets: Iterable[str]) -> list[str]:
        """Data sets, and those that they are made from, in alphabetical order."""
        found: set[str] = set()
        queue = list(datasets)
        while queue:
            found.add(name := queue.pop())
            base = self.dataset(name)["source"].get("of")
            queue += [base] if base and base not in found else []
        return sorted(found)

    def is_noisy(self, dataset: str) -> bool:
        """Whether labels are flipped, in this data set or in one that it is made from."""
        source = self.dataset(dataset)["source"]
        return source["kind"] == "noisy" or ("of" in source and self.is_noisy(source["of"]))

    def part(self, datasets: Iterable[str]) -> dict:
        """What of the config these data sets depend on: a config by itself, that knows of no
        machine.
        """
        needed = self.with_origins(datasets)
        recipes = sorted({recipe for name in needed for _, recipe in self.ensembles(name)})
        return {
            "study": {"datasets": sorted(datasets)},
            "datasets": {name: self.dataset(name) for name in needed},
            "recipes": {name: self.recipe(name) for name in recipes},
        }
