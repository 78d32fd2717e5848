"""The noise of a study, as the ± of the paper's Tables I and II allow it, or as it is assumed."""

import functools
import math

import numpy as np

from hardness.evidence.measures.effects import GROUPS, STRATEGIES, TABLE
from study import published

CLASSES = {"cifar10": 10, "cifar100": 100, "cifar100-clean": 100}
EASY = {"cifar10": 6, "cifar100": 58, "cifar100-clean": 58}
MARGIN = {"cifar10": 0.005, "cifar100": 0.01, "cifar100-clean": 0.01}
# Assumed standard deviations. Over members: recall of a class, of the worst class, and the mean
# over classes after 70% are pruned; a class's mean AUM, as a share of it. Over ensembles:
# percentages, and a step's change, as a share of it.
NOISE = {"class": 0.01, "worst": 0.02, "mean": 0.005, "aum": 0.01, "percent": 0.5, "step": 0.1}
# the cells of Tables I and II, in the order of the arrays below
PLACES = [[o, u, m, g] for o, u in STRATEGIES for m in TABLE for g in GROUPS]


@functools.cache
def printed(data: str, column: str) -> np.ndarray:
    """Return a column of the paper's table, (9, 4): strategies x precision and recall of easy and
    hard classes.
    """
    names = ("over", "under", "metric", "group")
    values = {tuple(row[name] for name in names): row[column] for row in published.cells(data)}
    return np.array([values[tuple(place)] for place in PLACES]).reshape(9, 4)


@functools.cache
def class_noise(data: str) -> float:
    """Return the standard deviation over members of the change of a class's recall: if classes do
    not truly differ, the ± are those of means of eight members.
    """
    return math.sqrt(8 * (printed(data, "sd_over_classes")[:, 2:] ** 2).mean())


@functools.cache
def cell_noise(data: str) -> np.ndarray:
    """Return the same for the mean over easy and over hard classes, precision and recall, (4,)."""
    of_class = np.sqrt(8 * (printed(data, "sd_over_classes") ** 2).mean(axis=0))
    easy = EASY[data]
    return of_class / np.sqrt([easy, CLASSES[data] - easy] * 2)
