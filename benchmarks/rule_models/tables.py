"""Models of Tables I and II: changes of many cells that are tested together."""

import math
from typing import NamedTuple

import numpy as np

from hardness.analysis import inference, pooling
from hardness.core.intervals import t_interval
from hardness.evidence.claims import Claim
from hardness.evidence.measures._values import Bounds, TestedTable, interval, number
from hardness.evidence.measures.effects import GROUPS, TABLE
from rule_models.chances import but_one, model
from rule_models.noise import CLASSES, EASY, MARGIN, PLACES, cell_noise, class_noise, printed


class Simulated(NamedTuple):
    """A table of changes: (8, c), its p-values, and which cells lie below the margin."""

    changes: np.ndarray
    p: np.ndarray
    below: np.ndarray


def simulated(rng, truth: np.ndarray, noise: np.ndarray, margin: float) -> Simulated:
    """Simulate a table of S strategies x q columns. truth: (S, q); noise: (q,), of a change; half
    of its variance is that of the baseline, which all share. Twenty members of full scale the test.
    """
    full = rng.standard_normal((20, len(noise))) * noise / math.sqrt(2)
    own = rng.standard_normal((8, *truth.shape)) * noise / math.sqrt(2)
    changes = (truth + own - full[:8, None]).reshape(8, -1)
    column = np.tile(np.arange(len(noise)), len(truth))
    p = inference.max_t(changes, inference.scales(full, changes, column))
    return Simulated(changes, p, inference.tost(changes, margin)[0])


def tested(found: Simulated, cells: np.ndarray) -> TestedTable:
    """Return what the measures find in some of the cells."""
    changed = (found.p <= inference.ALPHA) & ~found.below
    largest = np.abs(found.changes.mean(axis=0)[cells]).max()
    return TestedTable(largest, changed[cells].any(), found.below[cells].all(), np.nan, "")


TABLES = {
    "members": 8,
    "noise": "the ± of Tables I and II",
    "null": "a change as large as the margin, in one cell",
    "runs": 500,
}


@model(
    "table_of_changes",
    **TABLES
    | {
        "true": "the printed cells; accuracy, F1 and MCC: no effect",
        "noise": "the ± of Tables I and II; of accuracy, F1 and MCC assumed: recall's",
    },
)
def table_of_changes(claim, rng, true):
    noise, truth = cell_noise(claim.data), printed(claim.data, "change")
    if claim.arguments.get("what") == "further":
        noise, truth = np.tile(noise[2:], 3), np.zeros((9, 6))
    found = simulated(rng, but_one(truth, MARGIN[claim.data], true), noise, MARGIN[claim.data])
    changed = bool(found.p.min() <= inference.ALPHA)
    largest = np.abs(found.changes.mean(axis=0)).max()
    return claim, TestedTable(largest, changed, found.below.all(), np.nan, "")


@model("cells_unchanged", true="no effect", **TABLES)
def cells_unchanged(claim, rng, true):
    margin = MARGIN[claim.data]
    wanted = {"over": None, "under": None, "metric": TABLE, "group": GROUPS} | claim.arguments
    chosen = [
        all(wanted[key] is None or value in wanted[key] for key, value in place.items())
        for place in ({"over": o, "under": u, "metric": m, "group": g} for o, u, m, g in PLACES)
    ]
    truth = but_one(np.zeros((9, 4)), margin, true, chosen.index(True))
    found = simulated(rng, truth, cell_noise(claim.data), margin)
    return claim, tested(found, np.array(chosen))


@model(
    "gap_unchanged",
    **TABLES | {"true": "no change", "null": "a change as large as the margin, by one of nine"},
)
def gap_unchanged(claim, rng, true):
    noise = np.array([class_noise(claim.data) / math.sqrt(CLASSES[claim.data])])
    truth = but_one(np.zeros((9, 1)), -MARGIN[claim.data], true)
    found = simulated(rng, truth, noise, MARGIN[claim.data])
    return claim, tested(found, np.ones(9, dtype=bool))


NO_EFFECT = TABLES | {"true": "the printed cells", "null": "no effect"}


def single_cells(claim: Claim, rng, truth: np.ndarray) -> np.ndarray:
    """Return the changes of the claim's cells, (8, c)."""
    found = simulated(rng, truth, cell_noise(claim.data), MARGIN[claim.data])
    return found.changes[:, [PLACES.index(list(cell)) for cell in claim.arguments["cells"]]]


@model("cell_changes", **NO_EFFECT)
def cell_changes(claim, rng, true):
    changes = single_cells(claim, rng, printed(claim.data, "change") * true)
    return claim, Bounds(*t_interval(changes), names=[""] * changes.shape[1])


@model("cells_of_sign", **NO_EFFECT | {"null": "no effect; at_most: all rise by .002"})
def cells_of_sign(claim, rng, true):
    null = np.full((9, 4), 0.002 if claim.rule == "at_most" else 0)
    changes = single_cells(claim, rng, printed(claim.data, "change") if true else null)
    sign = 1 if claim.arguments["sign"] == "+" else -1
    return claim, number((sign * changes.mean(axis=0) > 0).sum())


@model(
    "spread_of_classes", members=8, noise="the ± of Tables I and II",
    true="classes' changes differ by .01", null="they do not differ",
)  # fmt: skip
def spread_of_classes(claim, rng, true):
    k, easy = CLASSES[claim.data], EASY[claim.data]
    noise = class_noise(claim.data) * rng.standard_normal((8, k))
    fit = pooling.pooled(noise + 0.01 * true * rng.standard_normal(k), np.arange(k) < easy)
    return claim, interval(fit.tau, fit.tau_low, fit.tau_high)
