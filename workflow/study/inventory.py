"""The files that figures and tables are made from, by their abstract names in INPUTS, and which of
them a data set's config plans.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from hardness.sets.spec import Pruned, Resampled

from . import beyond, inputs, layout, rebalancing, sensitivity
from .plan import Plan

MSD = "msd"  # the score without labels by which training sets are made


class Artifact(NamedTuple):
    """A file that figures and tables are made from.

    place: where it lies; fields: those of the place besides dataset and estimator; is_planned:
    whether the config of a data set plans it; estimator: the one that it is made by.
    """

    place: layout.Place
    fields: Mapping[str, str] = {}
    is_planned: Callable[[Plan, str], bool] = lambda plan, dataset: True
    estimator: Callable[[Plan, str], str] = lambda plan, dataset: (
        plan.dataset(dataset).paper_estimator
    )


def _several_members(plan: Plan, dataset: str) -> bool:
    return plan.dataset(dataset).ensembles.stability > 1


def _several_estimators(plan: Plan, dataset: str) -> bool:
    return len(plan.dataset(dataset).estimators) > 1


def _has_pictures(plan: Plan, dataset: str) -> bool:
    """Whether there are pictures; the data map, which needs every epoch, chooses some of them."""
    return _holds_images(plan, dataset) and plan.has_every_epoch(dataset)


def holds_inputs(plan: Plan, dataset: str) -> bool:
    return plan.holds(dataset) != inputs.NOTHING


def _answers_claims(plan: Plan, dataset: str) -> bool:
    return plan.dataset(dataset).stands_for is not None


def _is_resampled(plan: Plan, dataset: str) -> bool:
    return bool(plan.resampled(dataset))


def _holds_images(plan: Plan, dataset: str) -> bool:
    return plan.holds(dataset) == inputs.IMAGES


def is_reviewed(plan: Plan, dataset: str) -> bool:
    """Whether samples are reviewed: by networks that did not train on them, or else, for
    recordings, by AUM.
    """
    by_aum = not plan.trains(dataset) and "aum" in plan.dataset(dataset).estimators
    return plan.is_held_out(dataset) or by_aum


def _has_neighbours(plan: Plan, dataset: str) -> bool:
    return bool(plan.spaces(dataset))


def _appendix(place: layout.Place, table: str) -> Artifact:
    """A file of the comparison of estimators by classes, which includes data-based estimators."""
    return Artifact(place, {"table": table}, _has_neighbours)


def _out_of_fold(table: str) -> Artifact:
    return Artifact(layout.OUT_OF_FOLD, {"table": table}, Plan.is_held_out)


def _unlabelled(table: str, is_planned: Callable[[Plan, str], bool]) -> Artifact:
    return Artifact(layout.UNLABELLED, {"table": table}, is_planned)


def _by_msd(plan: Plan, dataset: str) -> bool:
    return MSD in plan.dataset(dataset).estimators and plan.learns_unlabelled(dataset)


def _prunes_by_msd(plan: Plan, dataset: str) -> bool:
    return _by_msd(plan, dataset) and bool(plan.names(dataset, kind=Pruned.KIND, estimator=MSD))


def _resamples_by_msd(plan: Plan, dataset: str) -> bool:
    return _by_msd(plan, dataset) and bool(plan.names(dataset, kind=Resampled.KIND, estimator=MSD))


def _stability(table: str, is_planned: Callable[[Plan, str], bool]) -> Artifact:
    return Artifact(layout.STABILITY, {"table": table}, is_planned)


def _has_running_scores(plan: Plan, dataset: str) -> bool:
    return bool(sensitivity.running(plan, dataset))


def _splits_variance(plan: Plan, dataset: str) -> bool:
    """Whether variance is split: this needs two members, and a score of every sample by each."""
    scored = sensitivity.of_dynamics(plan, dataset) and sensitivity.recipes(plan, dataset)
    return bool(scored) and sensitivity.members(plan, dataset) > 1


def _compares_recipes(plan: Plan, dataset: str) -> bool:
    return _splits_variance(plan, dataset) and len(sensitivity.recipes(plan, dataset)) > 1


def _sensitivity(table: str, is_planned: Callable[[Plan, str], bool]) -> Artifact:
    return Artifact(layout.SENSITIVITY, {"table": table}, is_planned)


def _effects(table: str) -> Artifact:
    return Artifact(layout.EFFECTS, {"table": table}, _is_resampled)


def _compares_methods(plan: Plan, dataset: str) -> bool:
    return bool(rebalancing.ensembles(plan, dataset))


def _is_passed_over(plan: Plan, dataset: str) -> bool:
    return bool(rebalancing.observing(plan, dataset))


def _passed_with_tail(plan: Plan, dataset: str) -> bool:
    return rebalancing.has_tail(plan, dataset) and _is_passed_over(plan, dataset)


def _has_paths(plan: Plan, dataset: str) -> bool:
    """Whether difficulty is known epoch by epoch: this needs two classes, and passes."""
    return rebalancing.has_sub_classes(plan, dataset) and _is_passed_over(plan, dataset)


def _rebalancing(table: str, is_planned: Callable[[Plan, str], bool]) -> Artifact:
    return Artifact(layout.REBALANCING, {"table": table}, is_planned)


def _beyond(table: str, asked: Callable[[Plan, str], object]) -> Artifact:
    return _rebalancing(table, lambda plan, dataset: bool(asked(plan, dataset)))


ARTIFACTS = {
    "allocation": Artifact(layout.ALLOCATION),  # of the data set's paper_estimator
    "ranks": Artifact(layout.ALLOCATION, estimator=Plan.ranked_by),
    "ratios": Artifact(layout.METRIC_SIZES),
    "groups": Artifact(layout.GROUPS),
    "sizes": Artifact(layout.SIZES),
    "overall": Artifact(layout.COLLECTED, {"table": "overall"}, Plan.trains),
    "classwise": Artifact(layout.COLLECTED, {"table": "classwise"}, Plan.trains),
    "samples": Artifact(layout.SAMPLES),
    "duplicates": Artifact(layout.DUPLICATES, {}, holds_inputs),
    "images": Artifact(layout.GALLERY, {}, _holds_images),
    "map": Artifact(layout.DATA_MAP, {}, Plan.has_every_epoch),
    "pictures": Artifact(layout.PICTURES, {}, _has_pictures),
    "review": Artifact(layout.REVIEW, {}, is_reviewed),
    "out-of-fold": _out_of_fold("classes"),
    "confusion": _out_of_fold("confusion"),
    "class-differences": Artifact(layout.CLASS_DIFFERENCES, {}, _several_members),
    "change": _stability("pruning-change", _several_members),
    "differences": _stability("absolute-differences", _several_members),
    "reliability": _stability("reliability", _several_members),
    "overlap": _stability("overlap", _several_estimators),
    "epoch-sensitivity": _sensitivity("epochs", _has_running_scores),
    "recipe-sensitivity": _sensitivity("recipes", _compares_recipes),
    "variance-split": _sensitivity("variance", _splits_variance),
    "detection": Artifact(layout.NOISE_DETECTION, {}, Plan.is_noisy),
    "image-noise": Artifact(layout.IMAGE_NOISE, {}, Plan.has_noisy_images),
    "score-correlations": _unlabelled("correlations", _by_msd),
    "clusters": _unlabelled("clusters", _by_msd),
    "histories": _unlabelled("histories", _by_msd),
    "representation": _unlabelled("representation", _by_msd),
    "pruned-by-msd": _unlabelled("pruned", _prunes_by_msd),
    "resampled-by-msd": _unlabelled("resampled", _resamples_by_msd),
    "allocation-by-msd": Artifact(layout.ALLOCATION, {}, _by_msd, lambda plan, dataset: MSD),
    "claims": Artifact(layout.CLAIMS, {}, _answers_claims),
    "class-accuracy": _appendix(layout.CLASS_ACCURACY, "ensembles"),
    "class-agreement": _appendix(layout.CLASS_ACCURACY, "agreement"),
    "class-values": _appendix(layout.CLASS_ACCURACY, "values"),
    "class-correlations": _appendix(layout.CLASS_ACCURACY, "correlations"),
    "families-of-values": _appendix(layout.DIFFICULTY, "families"),
    "score-agreement": _appendix(layout.DIFFICULTY, "agreement"),
    "curves-of-values": _appendix(layout.DIFFICULTY, "curves"),
    "cells": _effects("cells"),
    "gaps": _effects("gaps"),
    "families": _effects("families"),
    "classes": _effects("classes"),
    "rebalancing-members": _rebalancing("members", _compares_methods),
    "rebalancing-methods": _rebalancing("methods", _compares_methods),
    "rebalancing-ratios": _rebalancing("ratios", _compares_methods),
    "rebalancing-weights": _rebalancing("weights", _compares_methods),
    "rebalancing-unlearning": _rebalancing("unlearning", _is_passed_over),
    "rebalancing-epochs": _rebalancing("epochs", _is_passed_over),
    "rebalancing-vectors": _rebalancing("vectors", _has_paths),
    "rebalancing-simulation": _rebalancing("simulation", rebalancing.has_sub_classes),
    # the same files, for parts that need a certain kind of set
    "methods-of-tails": _rebalancing("methods", rebalancing.has_tail),
    "methods-of-classes": _rebalancing("methods", rebalancing.has_tail_of_classes),
    "methods-of-sub-classes": _rebalancing("methods", rebalancing.has_sub_classes),
    "methods-of-splits": _rebalancing("methods", rebalancing.has_splits),
    "epochs-of-sub-classes": _rebalancing("epochs", _has_paths),
    "epochs-of-tails": _rebalancing("epochs", _passed_with_tail),
    "unlearning-of-tails": _rebalancing("unlearning", _passed_with_tail),
    "against-hardness": _beyond("against-hardness", beyond.rivals),
    "flipped": _beyond("flipped", beyond.with_flips),
    "agreement": _beyond("agreement", beyond.scores_difficulty),
}
_BEYOND = {"against-hardness", "flipped", "agreement"}
OF_METHODS = {
    name
    for name, one in ARTIFACTS.items()
    if one.place == layout.REBALANCING and name not in _BEYOND
}


def paths_of(plan: Plan, dataset: str, names: Iterable[str]) -> dict[str, str]:
    """Return the files of those artifacts that the data set's config plans, by name."""
    return {
        name: path_of(plan, dataset, ARTIFACTS[name])
        for name in names
        if ARTIFACTS[name].is_planned(plan, dataset)
    }


def path_of(plan: Plan, dataset: str, artifact: Artifact) -> str:
    fields = {"estimator": artifact.estimator(plan, dataset), **artifact.fields}
    return artifact.place.path(dataset=dataset, **fields)
