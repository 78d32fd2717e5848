"""The weights of a training set's rows at the end of training: how often each is drawn, times how
much its loss counts. For objectives that weight a sample by its prediction they are not known.

Light to import, because the plan asks for which recipes they are known.
"""

from collections.abc import Mapping

import numpy as np

from hardness.training.difficulty import difficulty
from hardness.training.parts import OBJECTIVES, SAMPLERS, options
from hardness.training.protocols import Setting

DIFFICULTY = "difficulty"
BY_CLASS = "class-balanced"
DRAWN = ("permutation", "uniform", BY_CLASS, DIFFICULTY)
ALIKE = ("cross-entropy", "balanced-softmax")  # objectives: each sample's loss counts once
WEIGHTED = ("class-balanced", "ldam")  # objectives: a loss counts by its class's weight


def is_known(recipe: Mapping) -> bool:
    """Whether the weights of a recipe's rows follow from their classes and their difficulty."""
    known = recipe["objective"]["name"] in ALIKE + WEIGHTED
    return known and recipe["sampler"]["name"] in DRAWN


def reads_passes(recipe: Mapping) -> bool:
    """Whether the weights are made from own-pass.npz."""
    return recipe["sampler"]["name"] == DIFFICULTY


def sums_of(recipe: Mapping) -> tuple[str, str]:
    """The names of du and dl in own-pass.npz, for a recipe that reads_passes."""
    return SAMPLERS.find(DIFFICULTY).BEFORE[recipe["sampler"].get("before", "uniform")]


def of_rows(
    recipe: Mapping, labels: np.ndarray, classes: int, sums: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Each row's weight (K, n) float64 in the last epoch and after it, up to a factor.

    labels: (n, K) of each member's training set; sums: for a recipe that reads_passes, the arrays
    named by `sums_of`, each (K, n). The recipe must be one that is_known.
    """
    import torch

    setting = Setting(
        name="", seeds=range(labels.shape[1]), labels=labels, rows=labels,
        data_labels=labels[:, 0], classes=classes, epochs=recipe["epochs"], probe_epoch=1,
        device=torch.device("cpu"), dtype=torch.float64,
    )  # fmt: skip
    return _drawn(recipe, setting, sums) * _counted(recipe["objective"], setting)


def _drawn(recipe: Mapping, setting: Setting, sums: Mapping[str, np.ndarray]) -> np.ndarray:
    """How often each row (K, n) is drawn."""
    if recipe["sampler"]["name"] == BY_CLASS:
        return 1 / np.take_along_axis(setting.class_counts, setting.labels.T, axis=1)
    if not reads_passes(recipe):
        return np.ones(setting.labels.T.shape)
    du, dl = (sums[name].astype(np.float64) for name in sums_of(recipe))
    return difficulty(du, dl, recipe["sampler"].get("c", 1))


def _counted(objective: Mapping, setting: Setting) -> np.ndarray:
    """How much the loss of each row (K, n) counts."""
    if objective["name"] in ALIKE:
        return np.ones(setting.labels.T.shape)
    part = OBJECTIVES.find(objective["name"]).objective(setting, **options(objective))
    part.begin(setting.epochs - 1)
    return np.take_along_axis(part.weights.numpy(), setting.labels.T, axis=1)
