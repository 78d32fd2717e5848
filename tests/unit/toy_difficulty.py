"""Small frames of difficulty beyond its paper: the analysis itself on toy numbers."""

import numpy as np
import pandas as pd

from hardness.analysis import difficulty
from hardness.data.datasets import Data, TrainingSet

METHODS = {
    ("plain", "full", "cnn"): 0.0, ("uniform", "full", "cnn-uniform"): -0.01,
    ("difficulty", "full", "cnn-difficulty"): 0.01,
    ("hardness-a1", "resample-random-easy-a1", "cnn"): 0.005,
    ("hardness-a3", "resample-random-easy-a3", "cnn"): -0.03,
    ("both-a1", "resample-random-easy-a1", "cnn-difficulty"): 0.012,
}  # fmt: skip


def against_hardness() -> pd.DataFrame:
    rng, hard = np.random.default_rng(0), np.arange(5) > 2
    found = {}
    for key, gain in METHODS.items():
        seeds = 10 if key[0] == "plain" else 8
        recall = 0.9 + gain - 0.05 * hard + 0.01 * rng.standard_normal((seeds, 5))
        grid = np.indices(recall.shape).reshape(2, -1)
        found[key] = {"seed": grid[0], "class": grid[1], "recall": recall.ravel()}
    return pd.DataFrame(difficulty.recalls(found, hard))


def data(true_labels=()) -> Data:
    """Six training samples of two classes, four test samples."""
    given = np.array([0, 1, 0, 1, 0, 1])
    inputs = np.zeros((6, 2), np.float32)
    fields = dict.fromkeys(Data._fields, np.empty(0))
    return Data(**fields | {
        "train_inputs": inputs, "train_labels": given, "test_inputs": inputs[:4],
        "test_labels": np.array([0, 0, 1, 1]), "class_names": np.array(["a", "b"]),
        "true_labels": np.array(true_labels, dtype=np.int64),
    })  # fmt: skip


def training_set() -> TrainingSet:
    """Two draws of four of these samples."""
    source = np.array([[0, 1, 2, 3], [2, 3, 4, 5]], np.int32)
    return TrainingSet(source, data().train_labels[source], np.empty((2, 0, 2), np.float32))


def flipped() -> pd.DataFrame:
    rows = []
    for rate in (0.0, 0.2, 0.4):
        for sampler in ("permutation", "uniform", "class-balanced", "difficulty"):
            rng = np.random.default_rng(round(10 * rate))
            share = rate + 0.01 * rng.standard_normal(6) * (rate > 0)
            columns = {
                "rate": rate, "set": "long-tailed-20", "recipe": f"cnn-{sampler}",
                "sampler": sampler, "seed": np.arange(6), "flipped": share,
                "accuracy": 0.95 - rate + 0.01 * rng.standard_normal(6),
                "weight": 1.2 * share if sampler in ("permutation", "difficulty") else np.nan,
            }  # fmt: skip
            rows.append(pd.DataFrame(columns))
    return pd.concat(rows, ignore_index=True)


def agreement() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    truth = rng.standard_normal(60)
    scores = {
        name: truth + noise * rng.standard_normal((8, 60))
        for name, noise in (("aum", 0.2), ("loss", 1.0), ("psi-difficulty", 0.5))
    }
    columns = difficulty.agreement(scores, splits=5)
    return pd.DataFrame(columns).replace("", np.nan).astype({"seed": float})


FRAMES = {  # figure -> input -> a function of the study that makes it
    "against-hardness": {"against-hardness": lambda study: against_hardness()},
    "flipped-labels": {"flipped": lambda study: flipped()},
    "difficulty-stability": {"agreement": lambda study: agreement()},
}
