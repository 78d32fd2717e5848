"""The sensitivity of made-up scores, in the form of the pipeline's csv files."""

import numpy as np
import pandas as pd

from hardness.analysis import sensitivity
from hardness.core.tables import stacked
from hardness.scoring import estimation
from hardness.scoring.sources import Dynamics

ESTIMATORS = ("aum", "forgetting", "loss", "settled", "first-learned", "variability")
RATES = [10, 30, 50]


def record(seed: int) -> Dynamics:
    """Four members, ten epochs, fifty samples, which are learned one after the other."""
    rng = np.random.default_rng(seed)
    hardness, epoch = rng.normal(size=50), np.arange(10)[:, None]
    margin = epoch / 3 - hardness + rng.normal(scale=0.5, size=(4, 10, 50))
    loss = np.log1p(np.exp(-margin))
    return Dynamics(
        np.arange(4), margin=margin.astype(np.float32), loss=loss.astype(np.float32),
        correct=margin > 0, aum=margin.mean(axis=1).astype(np.float32),
    )  # fmt: skip


def make_epochs(study: dict) -> pd.DataFrame:
    return pd.DataFrame(sensitivity.by_epoch(record(0), ESTIMATORS, RATES))


def _by_recipe(name: str) -> dict:
    return {recipe: estimation.compute(name, record(seed)) for seed, recipe in enumerate("ab")}


def make_recipes(study: dict) -> pd.DataFrame:
    parts = {
        (name,): sensitivity.between_recipes(_by_recipe(name), RATES, splits=3)
        for name in ESTIMATORS
    }
    return pd.DataFrame(stacked(parts, ["estimator"]))


def make_variance(study: dict) -> pd.DataFrame:
    parts = {(name,): sensitivity.variance_split(_by_recipe(name), 10) for name in ESTIMATORS}
    return pd.DataFrame(stacked(parts, ["estimator"]))


FRAMES = {
    "epoch-sensitivity": {"epoch-sensitivity": make_epochs},
    "recipe-sensitivity": {"recipe-sensitivity": make_recipes},
    "variance-split": {"variance-split": make_variance},
}
