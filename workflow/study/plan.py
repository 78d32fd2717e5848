"""What the config asks for, by name: training sets, ensembles, blocks, and the files that hold
them.
"""

import functools
import itertools
from collections.abc import Iterable

from hardness.core.names import nearest


def number(value: float) -> str:
    """One canonical spelling in names: 3, never 3.0; 0.5."""
    return repr(float(value)).removesuffix(".0")


class Plan:
    """The checked config, and the names and files that follow from it."""

    def __init__(self, config: dict):
        self.config = config
        self.sets = functools.cache(self.sets)
        self.ensembles = functools.cache(self.ensembles)

    def dataset(self, name: str) -> dict:
        return self._known("data set", name, self.config["datasets"])

    def recipe(self, name: str) -> dict:
        return self._known("recipe", name, self.config["recipes"])

    @staticmethod
    def _known(what: str, name: str, there: dict) -> dict:
        if name not in there:
            raise ValueError(f"unknown {what} {name!r}: {nearest(name, there)}")
        return there[name]

    def sets(self, dataset: str) -> dict[str, dict]:
        """Every training set of a data set by its name, with its specification."""
        return {name: spec for name, (spec, _) in self._asked(dataset).items()}

    def ensembles(self, dataset: str) -> list[tuple[str, str]]:
        """Every ensemble of a data set: training set and recipe, `full` under each recipe among
        them.
        """
        asked = self._asked(dataset)
        recipes = list(dict.fromkeys(recipe for _, recipes in asked.values() for recipe in recipes))
        return [
            (name, one)
            for name, (_, own) in asked.items()
            for one in (recipes if name == "full" else own)
        ]

    def _asked(self, dataset: str) -> dict[str, tuple[dict, list[str]]]:
        """The training sets, each with its specification and the recipes by which it is trained."""
        settings = self.dataset(dataset)
        found: dict[str, tuple[dict, list[str]]] = {}

        def add(name: str, spec: dict, recipes: list[str] | None = None) -> None:
            _, known = found.setdefault(name, (spec, []))
            known.extend(
                recipe for recipe in recipes or [settings["recipe"]] if recipe not in known
            )

        add("full", {"kind": "full"})
        for grid in settings["resampling"]:
            strategies = [
                (o, u)
                for o, u in itertools.product(grid["over"], grid["under"])
                if (o, u) != ("none", "none")
            ]
            for mode, letter, key in (("paper", "a", "alpha"), ("study", "r", "rho")):
                for value, (over, under) in itertools.product(grid[f"{key}s"], strategies):
                    default = settings["paper_estimator"] if mode == "paper" else "aum"
                    spec = {
                        "kind": "resample",
                        "over": over,
                        "under": under,
                        "mode": mode,
                        key: value,
                        **self._source(
                            grid, settings, default, 1 if mode == "paper" else "per-member"
                        ),
                    }
                    name = f"resample-{over}-{under}-{letter}{number(value)}{self._suffix(spec, settings)}"
                    add(name, spec, grid.get("recipes"))
        for grid in settings["pruning"]:
            for level, rate in itertools.product(grid["levels"], grid["rates"]):
                source = self._source(grid, settings, "aum", "per-member")
                spec = {"kind": "prune", "level": level, "rate": rate}
                if level == "random":  # knows nothing of hardness
                    add(f"prune-random-{number(rate)}", spec | {"draws": source["draws"]})
                else:
                    add(
                        f"prune-{level}-{number(rate)}{self._suffix(source, settings)}",
                        spec | source,
                    )
        return found

    @staticmethod
    def _source(grid: dict, settings: dict, estimator: str, draws: int | str) -> dict:
        draws = grid.get("draws") or draws
        return {
            "estimator": grid.get("estimator") or estimator,
            "members": grid.get("members") or settings["ensembles"]["hardness"],
            "draws": settings["ensembles"]["retraining"] if draws == "per-member" else draws,
        }

    @staticmethod
    def _suffix(spec: dict, settings: dict) -> str:
        estimator = "" if spec["estimator"] == "aum" else f"-{spec['estimator']}"
        return estimator + (
            "" if spec["members"] == settings["ensembles"]["hardness"] else f"-m{spec['members']}"
        )

    def set(self, dataset: str, name: str) -> dict:
        """A training set's specification. Raises ValueError with the nearest names."""
        return self._known(f"training set of {dataset}", name, self.sets(dataset))

    def names(self, dataset: str, **wanted: object) -> list[str]:
        """The sets, trained by the base recipe, whose specification has these values:
        names("digits", kind="prune", level="dlp").
        """
        sets, base = self.sets(dataset), self.dataset(dataset)["recipe"]
        return [
            name
            for name, recipe in self.ensembles(dataset)
            if recipe == base and all(sets[name].get(key) == value for key, value in wanted.items())
        ]

    def members(self, dataset: str, name: str, recipe: str) -> int:
        """Members trained on a set: those that the largest ensemble of `full` needs, or those of
        retraining.
        """
        settings = self.dataset(dataset)
        sizes = settings["ensembles"]
        return (
            max(sizes.values())
            if name == "full" and recipe == settings["recipe"]
            else sizes["retraining"]
        )

    def seeds(self, dataset: str, name: str, recipe: str, block: int) -> list[int]:
        """The seeds of a block. Raises ValueError if there is no such block."""
        size, members = self.recipe(recipe)["members_per_job"], self.members(dataset, name, recipe)
        seeds = list(range(block * size, min((block + 1) * size, members)))
        if not seeds:
            raise ValueError(
                f"{dataset}, {name}, {recipe}: no block {block}; {members} members in blocks of {size} "
                f"make blocks 0 to {(members - 1) // size}"
            )
        return seeds

    def with_origins(self, datasets: Iterable[str]) -> list[str]:
        """Data sets, and those that they are made from, in alphabetical order."""
        found: set[str] = set()
        queue = list(datasets)
        while queue:
            found.add(name := queue.pop())
            base = self.dataset(name)["source"].get("of")
            queue += [base] if base and base not in found else []
        return sorted(found)

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

    def path(self, dataset: str, *parts: str) -> str:
        return "/".join(("results", dataset, *parts))

    def blocks(self, dataset: str, name: str, recipe: str, file: str) -> list[str]:
        """One file of all blocks of an ensemble."""
        count = -(-self.members(dataset, name, recipe) // self.recipe(recipe)["members_per_job"])
        return [
            self.path(dataset, "members", name, recipe, f"block-{block}", file)
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
        if self.members(base, "full", recipe) < settings["ensembles"]["retraining"]:
            return []
        return self.blocks(base, "full", settings["recipe"], "test.npz")

    def evaluations(self, dataset: str, names: Iterable[str]) -> list[str]:
        """The evaluations of sets under the base recipe."""
        recipe = self.dataset(dataset)["recipe"]
        return [self.evaluation(dataset, name, recipe) for name in names]

    def evaluation(self, dataset: str, name: str, recipe: str) -> str:
        return self.path(dataset, "evaluation", name, f"{recipe}.csv")

    def hardness(self, dataset: str, estimator: str) -> str:
        return self.path(dataset, "hardness", f"{estimator}.npz")

    def settings(self, dataset: str, key: str, default: list[float]) -> list[float]:
        """All alphas or rhos of a data set's resampling grids, ascending; `default` where there are
        none.
        """
        return (
            sorted({value for grid in self.dataset(dataset)["resampling"] for value in grid[key]})
            or default
        )
