"""What the config asks for, by name: training sets, ensembles and blocks, and their files."""

import functools
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from hardness.core.names import nearest
from hardness.data.recordings import IMAGES
from hardness.sets.spec import FULL, UNNAMED_ESTIMATOR, Folds, Resampled, SetSpec, Splits, suffix_of
from hardness.training.parts import observers

from . import inputs, layout
from .grids import asked
from .recordings import RECIPE as RECORDED
from .settings.dataset import Dataset
from .settings.recipe import Recipe
from .settings.source import (
    Arrays,
    Denoised,
    Derived,
    ImageFolder,
    Noisy,
    NoisyImages,
    Recorded,
    Source,
    Whole,
)
from .settings.study import Study

Value = TypeVar("Value")


class Ensemble(NamedTuple):
    """Networks trained on a training set by a recipe, both by name."""

    set: str
    recipe: str


class Plan:
    """The study that the config describes, and the names and files that follow from it.

    config: as study.config.check returns it.
    """

    def __init__(self, config: dict[str, Any]):
        self.study = Study.model_validate(config)
        self._plain = config
        self._asked_for = functools.cache(self._read_grids)
        self._listed = functools.cache(self._list_ensembles)

    def dataset(self, name: str) -> Dataset:
        return self._known("data set", name, self.study.datasets)

    def recipe(self, name: str) -> Recipe:
        return self._known("recipe", name, self.study.recipes)

    # Params of rules are plain values in the order of the config's text: Snakemake records them as
    # text, and makes a file again if its text has changed.

    def dataset_params(self, name: str) -> dict[str, Any]:
        """Return a data set's settings as params of rules."""
        return self._known("data set", name, self._plain["datasets"])

    def recipe_params(self, name: str) -> dict[str, Any]:
        """Return a recipe as params of rules, which is also how the package takes it."""
        return self._known("recipe", name, self._plain["recipes"])

    def recipes_observing(self, *asked: str) -> list[str]:
        """Return the recipes that ask for all of these observers."""
        return [
            name
            for name in self.study.recipes
            if {*asked} <= {*observers(self.recipe_params(name))}
        ]

    @staticmethod
    def _known(what: str, name: str, known: Mapping[str, Value]) -> Value:
        if name not in known:
            raise ValueError(f"unknown {what} {name!r}: {nearest(name, known)}")
        return known[name]

    # Training sets and ensembles

    def sets(self, dataset: str) -> dict[str, SetSpec]:
        """Return every training set of a data set: name -> specification."""
        return {name: spec for name, (spec, _) in self._asked_for(dataset).items()}

    def trains(self, dataset: str) -> bool:
        """Whether networks are trained here, and not recorded elsewhere."""
        return not isinstance(self.dataset(dataset).source, Recorded)

    def is_held_out(self, dataset: str) -> bool:
        """Whether there are predictions by networks that did not train on a sample."""
        settings = self.dataset(dataset)
        if isinstance(settings.source, Recorded):
            return settings.source.held_out
        return bool(settings.folds)

    def has_every_epoch(self, dataset: str) -> bool:
        """Whether the dynamics hold every sample in every epoch."""
        source = self.dataset(dataset).source
        return not (isinstance(source, Recorded) and source.missing)

    def ensembles(self, dataset: str) -> list[Ensemble]:
        """Return every ensemble that is trained on a data set; this includes `full` with each
        recipe that a set compared with it is trained by.
        """
        return self.asked_ensembles(dataset) if self.trains(dataset) else []

    def asked_ensembles(self, dataset: str) -> list[Ensemble]:
        """Return every set with each recipe asked for it, whether networks are trained or not."""
        return self._listed(dataset)

    def compared(self, dataset: str) -> list[Ensemble]:
        """Return every ensemble on `full` and on the sets that are compared with it."""
        sets = self.sets(dataset)
        return [one for one in self.ensembles(dataset) if sets[one.set].COMPARED]

    def _list_ensembles(self, dataset: str) -> list[Ensemble]:
        sets = self._asked_for(dataset)
        recipes = list(
            dict.fromkeys(
                recipe for spec, recipes in sets.values() if spec.COMPARED for recipe in recipes
            )
        )
        return [
            Ensemble(name, recipe)
            for name, (_, own) in sets.items()
            for recipe in (recipes if name == FULL.name else own)
        ]

    def _read_grids(self, dataset: str) -> dict[str, tuple[SetSpec, list[str]]]:
        """The training sets, each with its specification and its recipes."""
        found: dict[str, tuple[SetSpec, list[str]]] = {}
        for spec, recipes, *_ in asked(self.dataset(dataset)):
            _, known = found.setdefault(spec.name, (spec, []))
            known.extend(recipe for recipe in recipes if recipe not in known)
        return found

    def set(self, dataset: str, name: str) -> SetSpec:
        """Return a training set's specification. Raises ValueError that names the nearest ones."""
        return self._known(f"training set of {dataset}", name, self.sets(dataset))

    def names(self, dataset: str, **wanted: object) -> list[str]:
        """Return the sets with the base recipe whose specification has these columns:
        names("digits", kind="prune", level="dlp").
        """
        base = self.dataset(dataset).recipe
        columns = {name: spec.columns() for name, spec in self.sets(dataset).items()}
        return [
            name
            for name, recipe in self.ensembles(dataset)
            if recipe == base
            and all(columns[name].get(key) == value for key, value in wanted.items())
        ]

    def resampled(self, dataset: str) -> list[Ensemble]:
        """Return full with each recipe of resampled sets, then the ensembles on these; or none."""
        sets, base = self.sets(dataset), self.dataset(dataset).recipe
        found = [one for one in self.ensembles(dataset) if isinstance(sets[one.set], Resampled)]
        recipes = dict.fromkeys([base, *(recipe for _, recipe in found)])
        return [*(Ensemble(FULL.name, recipe) for recipe in recipes), *found] if found else []

    def paper_suffix(self, dataset: str) -> str:
        """Return the hardness in the names of sets of mode paper whose grid names no estimator."""
        return suffix_of(self.dataset(dataset).paper_estimator)

    def ranked_by(self, dataset: str) -> str:
        """Return the estimator by which figures sort classes and samples: AUM, as in the paper, if
        the data set has it, else its paper_estimator, which replaces AUM in Eq. 3.
        """
        settings = self.dataset(dataset)
        has_it = UNNAMED_ESTIMATOR in settings.estimators
        return UNNAMED_ESTIMATOR if has_it else settings.paper_estimator

    def alphas(self, dataset: str) -> list[float]:
        """Return all alphas of a data set's resampling grids, ascending; [1] if there are none."""
        grids = self.dataset(dataset).resampling
        return sorted({alpha for grid in grids for alpha in grid.alphas}) or [1]

    def rhos(self, dataset: str) -> list[float]:
        """Return all rhos of a data set's resampling grids, ascending; [2] if there are none."""
        grids = self.dataset(dataset).resampling
        return sorted({rho for grid in grids for rho in grid.rhos}) or [2]

    # Members and their files

    def members(self, dataset: str, name: str, recipe: str) -> int:
        """Return the number of members trained on a set: for scored recipes on `full` the largest
        ensemble (twice that for second_split), for folds two of each draw, for splits one of each,
        otherwise the retraining ensemble.
        """
        if isinstance(spec := self.sets(dataset).get(name), Folds | Splits):
            return spec.draws * (2 if isinstance(spec, Folds) else 1)
        settings = self.dataset(dataset)
        if name == FULL.name and recipe == settings.second_split:
            return 2 * settings.ensembles.largest  # each sample is scored by one of two
        is_scored = recipe in (settings.recipe, *self.unlabelled(dataset))
        largest = name == FULL.name and is_scored
        return settings.ensembles.largest if largest else settings.ensembles.retraining

    def seeds(self, dataset: str, name: str, recipe: str, block: int) -> list[int]:
        """Return the seeds of a block. Raises ValueError if there is no such block."""
        size, members = self.recipe(recipe).members_per_job, self.members(dataset, name, recipe)
        seeds = list(range(block * size, min((block + 1) * size, members)))
        if not seeds:
            raise ValueError(
                f"{dataset}, {name}, {recipe}: no block {block}; {members} members in blocks of "
                f"{size} make blocks 0 to {(members - 1) // size}"
            )
        return seeds

    def blocks(
        self, dataset: str, name: str, recipe: str, file: str, members: int | None = None
    ) -> list[str]:
        """Return the paths of `file` in all blocks of an ensemble, or in those of its first
        `members`.
        """
        if members is None:
            members = self.members(dataset, name, recipe)
        # a recording is one block
        count = 1 if recipe == RECORDED else -(-members // self.recipe(recipe).members_per_job)
        return [
            layout.BLOCK.path(dataset=dataset, set=name, recipe=recipe, block=block, file=file)
            for block in range(count)
        ]

    def blocks_of_origin(self, dataset: str) -> list[str]:
        """Return the test.npz files of `full` of the data set that a denoised one was made from,
        which is the paper's baseline. Empty unless that data set has the same recipe and at least
        as many members as are compared.
        """
        settings = self.dataset(dataset)
        source, recipe = settings.source, settings.recipe
        if not isinstance(source, Denoised) or self.dataset(source.of).recipe != recipe:
            return []
        if self.members(source.of, FULL.name, recipe) < settings.ensembles.retraining:
            return []
        return self.blocks(source.of, FULL.name, recipe, "test.npz")

    def evaluations(self, dataset: str, ensembles: Iterable[tuple[str, str]]) -> list[str]:
        return [
            layout.EVALUATION.path(dataset=dataset, set=name, recipe=recipe)
            for name, recipe in ensembles
        ]

    def hardness(self, dataset: str, estimator: str) -> str:
        return layout.HARDNESS.path(dataset=dataset, estimator=estimator)

    # Data sets

    def with_origins(self, datasets: Iterable[str]) -> list[str]:
        """Return data sets, those that they are made from, and those of all their samples (whole),
        in alphabetical order.
        """
        found: set[str] = set()
        queue = list(datasets)
        while queue:
            found.add(name := queue.pop())
            settings = self.dataset(name)
            source, whole = settings.source, settings.whole
            further = [source.of] if isinstance(source, Derived) else []
            further += [whole] if whole else []
            queue += [one for one in further if one not in found]
        return sorted(found)

    def sources(self, dataset: str) -> list[Source]:
        """Return the source of a data set, of the one that it is made from, and so on."""
        found = [self.dataset(dataset).source]
        while isinstance(last := found[-1], Derived):
            found.append(self.dataset(last.of).source)
        return found

    def is_noisy(self, dataset: str) -> bool:
        """Whether labels are flipped, in this data set or in one that it is made from."""
        return any(isinstance(source, Noisy) for source in self.sources(dataset))

    def has_noisy_images(self, dataset: str) -> bool:
        """Whether images are spoiled in this data set; not passed on to data sets made from it."""
        return isinstance(self.dataset(dataset).source, NoisyImages)

    def learns_unlabelled(self, dataset: str) -> bool:
        """Whether networks learn without labels here."""
        return bool(self.unlabelled(dataset))

    def overlaps(self, dataset: str) -> bool:
        """Whether training samples are test samples too, by design: in a whole data set, and in
        what is made from it.
        """
        return any(isinstance(source, Whole) for source in self.sources(dataset))

    def settings(self, dataset: str) -> dict[str, str]:
        """Return the settings in which classes have an accuracy -> the data set whose networks
        give it: `part`, trained on the training part and tested on the test part; `full`, trained
        and tested on all samples.
        """
        settings = self.dataset(dataset)
        if isinstance(settings.source, Whole):
            return {"full": dataset}
        return {"part": dataset} | ({"full": settings.whole} if settings.whole else {})

    def spaces(self, dataset: str) -> tuple[str, ...]:
        """Return the spaces in which neighbors of a data set's samples are computed."""
        asked = self.dataset(dataset).neighbours
        return asked.spaces if asked else ()

    def holds(self, dataset: str) -> str:
        """Return what a data set holds: images, rows of a table, or nothing except labels."""
        first = self.sources(dataset)[-1]
        if isinstance(first, Recorded):
            return inputs.IMAGES if first.size else inputs.NOTHING
        return inputs.held(first.kind, first.inputs if isinstance(first, Arrays) else None)

    def unlabelled(self, dataset: str) -> tuple[str, ...]:
        """Return the recipes of networks whose features are scored: the one without labels, and
        its control with labels. Empty if there are none.
        """
        asked = self.dataset(dataset).unlabelled
        return (asked.recipe, asked.control) if asked else ()

    def folder_of_images(self, dataset: str) -> str | None:
        """Return the folder of the user's image files that a data set comes from, or None."""
        first = self.sources(dataset)[-1]
        if isinstance(first, Recorded) and first.size:
            return f"{first.path}/{IMAGES}"
        return first.path if isinstance(first, ImageFolder) else None

    def part(self, datasets: Iterable[str]) -> dict[str, Any]:
        """Return the part of the config that these data sets depend on: itself a valid config,
        without data_dir.
        """
        needed = self.with_origins(datasets)
        trained = {recipe for name in needed for _, recipe in self.ensembles(name)}
        splits = [name for one in needed if (name := self.dataset(one).second_split)]
        recipes = sorted(trained.union(splits, *map(self.unlabelled, needed)))
        return {
            "study": {"datasets": sorted(datasets)},
            "datasets": {name: self.dataset_params(name) for name in needed},
            "recipes": {name: self.recipe_params(name) for name in recipes},
        }
