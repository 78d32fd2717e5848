"""Check the config: fill in its defaults, and report all of its errors at once.

The classes of study.settings define the keys and their values; this file checks that names exist,
and that keys agree.
"""

import ast
import functools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hardness.scoring.parts import ESTIMATORS
from hardness.sets.parts import OVERSAMPLERS, UNDERSAMPLERS
from hardness.training.parts import KINDS, MODELS, OBJECTIVES, OBSERVERS, SAMPLERS, VIEWS

from . import (
    agreement,
    grids,
    inputs,
    neighbours,
    observed,
    owndata,
    recipe_keys,
    recordings,
    wholes,
)
from .agreement import Names
from .given import config_files, holders, joined, odd_keys, plain, put_in_defaults
from .problems import problems_of
from .schema import FILE as SCHEMA
from .settings.dataset import (
    Dataset,
    Ensembles,
    LongTailedGrid,
    PruningGrid,
    ResamplingGrid,
    SplitsGrid,
)
from .strict import ConfigError, Problem, Where, dotted, error_of, read, read_strictly

__all__ = [
    "SCHEMA",
    "ConfigError",
    "Names",
    "check",
    "config_files",
    "joined",
    "load",
    "names",
    "read_strictly",
]

DATA_DIR = "{data_dir}"  # in the path of a source: replaced by the value of data_dir
RESERVED = (
    "all",
    "allocate",
    "claims",
    "evaluate",
    "figures",
    "logs",
    "paper",
    "report",
    "tables",
    "verify",
)  # names of targets and rules


@functools.cache
def names() -> Names:
    """Return the names of all estimators, over- and undersamplers ("none" among them) and parts of
    recipes, without importing any of them.

    Raises SyntaxError, naming the file, for a part that is not valid Python.
    """
    parts = {
        key: {name: _options(registry.file(name), PARTS[key]) for name in registry.names()}
        for key, registry in KINDS.items()
    }
    models = {name: ("init", *options) for name, options in parts.pop("model").items()}
    over, under = (("none", *registry.names()) for registry in (OVERSAMPLERS, UNDERSAMPLERS))
    takes = {name: MODELS.literal(name, "INPUTS", (inputs.IMAGES,)) for name in models}
    replaces = frozenset(filter(_replaces, SAMPLERS.names()))
    reads = {name: SAMPLERS.literal(name, "READS") for name in SAMPLERS.names()}
    estimators, observers = ESTIMATORS.names(), OBSERVERS.names()
    labelled = [one for one in OBJECTIVES.names() if OBJECTIVES.literal(one, "LABELS", True)]
    sources = {name: ESTIMATORS.literal(name, "SOURCE", "dynamics") for name in estimators}
    return Names(
        estimators, over, under, models, parts, observers, replaces, takes, sources, reads,
        VIEWS.names(), frozenset(OBJECTIVES.names()) - set(labelled),
    )  # fmt: skip


PARTS = {"model": "network", "head": "head", "objective": "objective", "sampler": "sampler"}


def _options(file: Path, function: str) -> tuple[str, ...]:
    """The options of a part: the arguments with a default of `function` in its file."""
    for node in ast.parse(file.read_bytes(), filename=str(file)).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            arguments = node.args
            by_name = [
                one.arg
                for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
                if default
            ]
            in_order = arguments.args[len(arguments.args) - len(arguments.defaults) :]
            # lambda_ stands for lambda, a keyword of Python
            return (*(one.arg.rstrip("_") for one in in_order), *by_name)
    return ()


def _replaces(sampler: str) -> bool:
    return SAMPLERS.literal(sampler, "REPLACES") is True


# Keys that must agree. They are checked even if the config has other errors: see agreement.py.


def _source_problems(where: Where, source: dict, datasets: dict) -> Iterator[Problem]:
    """Problems of a data set made from another one's hardness: that one must have the estimator,
    and for `remove: negative` the estimator must have a sign.
    """
    estimator, base = source.get("estimator"), datasets.get(source.get("of"))
    if source.get("kind") == "denoised" and estimator and base:
        among = f"one of {dotted(('datasets', source['of'], 'estimators'))}"
        yield from agreement.known(
            (*where, "estimator"), estimator, base.get("estimators") or [estimator], among
        )
        if source.get("remove") == "negative" and estimator != "aum":
            yield (
                (*where, "remove"),
                "found negative, expected estimator aum, the only one whose sign has a meaning",
            )


def _observation_problems(
    where: Where, dataset: dict, recipe: Any, there: Names
) -> Iterator[Problem]:
    """Estimators whose source is not recorded, because of the base recipe or for lack of folds."""
    name, folds, estimators = (dataset.get(key) for key in ("recipe", "folds", "estimators"))
    reading: dict[str, list[str]] = {}
    for estimator in estimators or []:
        reading.setdefault(there.sources.get(estimator, "dynamics"), []).append(str(estimator))
    sampler = agreement.part(recipe, "sampler", "name")
    if "dynamics" in reading and sampler in there.replaces:
        yield (
            (*where, "recipe"),
            f"found {name}, whose sampler {sampler} does not show every sample in every epoch, "
            f"expected a recipe that does: {', '.join(reading['dynamics'])} need it",
        )
    if "pass" in reading and not {None, "pass"} & set(observed.observers(recipe)):
        yield (
            (*where, "recipe"),
            f"found {name}, expected a recipe with observe: pass: "
            f"{', '.join(reading['pass'])} need it",
        )
    if "out-of-fold" in reading and folds == []:
        yield (
            (*where, "folds"),
            "found [], expected a number of folds, such as [5]: "
            f"{', '.join(reading['out-of-fold'])} need networks that did not train on a sample",
        )


def _dataset_problems(where: Where, dataset: dict, recipes: Any, there: Names) -> Iterator[Problem]:
    allowed = recordings.recipes_for(dataset, recipes or ())
    yield from agreement.known(
        (*where, "recipe"), dataset.get("recipe"), allowed, "a recipe of this config"
    )
    estimators = dataset.get("estimators")
    yield from agreement.all_known(
        (*where, "estimators"),
        estimators,
        there.estimators,
        "an estimator (a file of hardness/scoring/estimators)",
    )
    if not recordings.is_recorded(dataset):
        yield from neighbours.problems(where, dataset, there.sources)
        base = agreement.part(recipes, dataset.get("recipe"))
        yield from _observation_problems(where, dataset, base, there)
        yield from observed.dataset_problems(where, dataset, recipes, there)
    among = f"one of {dotted((*where, 'estimators'))}"
    if estimators:
        yield from agreement.known(
            (*where, "paper_estimator"), dataset.get("paper_estimator"), estimators, among
        )
    sizes = agreement.part(dataset, "ensembles") or {}
    trained = max(sizes.values()) if sizes and None not in sizes.values() else math.inf
    yield from _further_sets(where, dataset, recipes)
    for kind in ("resampling", "pruning"):
        for index, grid in enumerate(dataset.get(kind) or []):
            if not grid:
                continue
            here = (*where, kind, index)
            if estimators:
                yield from agreement.known(
                    (*here, "estimator"), grid["estimator"], estimators, among
                )
            if (grid["members"] or 0) > trained:
                yield (
                    (*here, "members"),
                    f"found {grid['members']}, expected at most {trained}: the largest of "
                    f"{dotted((*where, 'ensembles'))} is trained on full",
                )
            if kind == "resampling":
                yield from agreement.all_known(
                    (*here, "recipes"), grid["recipes"], allowed, "a recipe of this config"
                )
                for side, known in (("over", there.over), ("under", there.under)):
                    sampler = f"none or a sampler (a file of hardness/sets/{side}samplers)"
                    yield from agreement.all_known((*here, side), grid[side], known, sampler)
                if grid["over"] == grid["under"] == ["none"]:
                    yield (
                        here,
                        "over and under are both none, expected another sampler in one of them",
                    )
                if grid["alphas"] == grid["rhos"] == []:
                    yield here, "alphas and rhos are both empty, expected a number in one of them"
    if _grids_are_usable(dataset):
        yield from _clashes(where, dataset)


def _further_sets(where: Where, dataset: dict, recipes: Any) -> Iterator[Problem]:
    """The recipes of sets that are not compared with `full`."""
    for kind in ("long_tailed", "splits"):
        for index, grid in enumerate(dataset.get(kind) or []):
            here, given = (*where, kind, index, "recipes"), agreement.part(grid, "recipes")
            known = "a recipe of this config"
            yield from agreement.all_known(here, given, recipes or (), known)


def _clashes(where: Where, dataset: dict) -> Iterator[Problem]:
    """Sets that two grids ask for with different draws: a set has one name and one file."""
    by_name: dict[str, grids.Asked] = {}
    reported = set()
    for asked in grids.asked(_as_typed(dataset)):
        first = by_name.setdefault(asked.spec.name, asked)
        if asked.spec.draws != first.spec.draws and asked.grid not in reported:
            reported.add(asked.grid)
            yield (
                (*where, *asked.grid, "draws"),
                f"found {asked.draws}, expected {first.draws}: {dotted((*where, *first.grid))} "
                "has the same sets",
            )


def _grids_are_usable(dataset: dict) -> bool:
    """Whether all parts of the names of training sets are there and valid."""
    keys = {
        "resampling": ("over", "under", "alphas", "rhos"),
        "pruning": ("levels", "rates"),
        "long_tailed": ("ratios",),
        "splits": ("draws", "standardize"),
    }
    parts = [dataset.get("recipe"), dataset.get("paper_estimator")]
    parts += (dataset.get("ensembles") or {"": None}).values()
    parts += [None] if dataset.get("folds") is None else dataset["folds"]
    for kind in keys:
        for grid in dataset.get(kind) or ([None] if dataset.get(kind) is None else []):
            for key in keys[kind]:
                values = (grid or {}).get(key)
                parts += list(values) if isinstance(values, list | tuple) else [values]
    return None not in parts


def _as_typed(dataset: dict) -> Dataset:
    """The typed values of a data set whose grids are usable; its other values may be wrong."""
    typed = {
        "ensembles": Ensembles.model_construct(**dataset["ensembles"]),
        "resampling": [ResamplingGrid.model_construct(**grid) for grid in dataset["resampling"]],
        "pruning": [PruningGrid.model_construct(**grid) for grid in dataset["pruning"]],
        "long_tailed": [LongTailedGrid.model_construct(**grid) for grid in dataset["long_tailed"]],
        "splits": [SplitsGrid.model_construct(**grid) for grid in dataset["splits"]],
    }
    return Dataset.model_construct(**dataset | typed)


def _circles(datasets: dict) -> Iterator[Problem]:
    """Data sets derived from one that does not exist or, by a chain, from themselves."""
    of = {name: agreement.part(dataset, "source", "of") for name, dataset in datasets.items()}
    reported: set[str] = set()
    for name in of:
        yield from agreement.known(
            ("datasets", name, "source", "of"), of[name], datasets, "a data set of this config"
        )
        chain = [name]
        while (base := of.get(chain[-1])) and base not in chain:
            chain.append(base)
        if base == name and not reported & set(chain):
            reported.update(chain)
            circle = " -> ".join([*chain, name])
            yield (
                ("datasets", name, "source", "of"),
                f"circular ({circle}), expected a data set not made from this one",
            )


def _problems_beyond(config: dict, there: Names) -> Iterator[Problem]:
    recipes, datasets = config.get("recipes"), config.get("datasets") or {}
    wanted = agreement.part(config, "study", "datasets")
    yield from agreement.all_known(
        ("study", "datasets"), wanted, datasets, "a data set of this config"
    )
    for name, recipe in (recipes or {}).items():
        if recipe:
            yield from recipe_keys.problems(("recipes", name), recipe, there)
    for name, dataset in datasets.items():
        if name in RESERVED:
            yield (
                ("datasets", name),
                f"found a target's name, expected a name other than {', '.join(RESERVED)}",
            )
        if dataset:
            yield from _dataset_problems(("datasets", name), dataset, recipes, there)
            yield from _source_problems(
                ("datasets", name, "source"), dataset.get("source") or {}, datasets
            )
            yield from wholes.problems(name, datasets)
            yield from inputs.problems(name, datasets, recipes or {}, there.takes)
            yield from recordings.problems(name, datasets, there.sources)
    yield from _circles(datasets)


# All together


def check(
    config: dict, files: Sequence[Path | str] = (), there: Names | None = None
) -> dict[str, Any]:
    """Check a config, merged from files and --config; return a copy with all defaults filled in.

    files: what it was merged from; they are read again, strictly.
    there: the names that exist; by default those of the package.
    Raises ConfigError with one message for all errors: the key, what was found, what was expected,
    and the nearest valid name.
    """
    given = [read(file) for file in files]
    contents = [content for content, _ in given]
    odd = [problem for _, problems in given for problem in problems]
    config = plain(config, contents)
    if odd_ones := list(odd_keys(config)):
        raise error_of(odd + odd_ones, holders(odd + odd_ones, files, contents))
    recordings.put_in_defaults(config)
    put_in_defaults(config)
    owndata.fill(config)
    problems, usable = problems_of(config)
    said = {where for where, _ in odd}
    problems = odd + [problem for problem in problems if problem[0] not in said]
    problems += _problems_beyond(usable, there or names())
    if problems:
        raise error_of(problems, holders(problems, files, contents))
    for dataset in usable["datasets"].values():
        if "path" in (source := dataset["source"]):
            source["path"] = source["path"].replace(DATA_DIR, usable["data_dir"])
    return usable


def load(folder: Path | str) -> dict[str, Any]:
    """Return the checked config of a folder (config.yaml and config.d). Raises ConfigError."""
    files = config_files(folder)
    return check(joined(files), files)
