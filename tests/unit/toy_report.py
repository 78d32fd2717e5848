"""The inputs of a report, with made-up numbers: three classes of small images, some of which are
mislabeled and some of which occur twice.
"""

import numpy as np
import pandas as pd

NAMES = ("oak & ash", "007", "apple")  # signs, and a name that looks like a number
STUDY = {
    "dataset": "photos",
    "members": {"recall": 4, "hardness": 4, "retraining": 4},
    "paper_estimator": "aum",
    "ranked_by": "aum",
    "ranked_down": True,
    "base_recipe": "lenet",
    "stands_for": None,
    "estimators": ["aum", "el2n"],
    "kinds": ["full", "prune", "resample"],
}
N = 60  # training samples, 20 of each class; as many rows has the review list
SEEDS = range(4)


def files(index):
    return [f"{NAMES[i % 3]}/{i:03d}.png" for i in index]


def make_samples():
    index = np.arange(N)
    return pd.DataFrame({
        "index": index, "file": files(index), "label": index % 3,
        "name": np.array(NAMES)[index % 3], "aum": index / 10 - 1, "aum_rank": index + 1,
        "el2n": 1 - index / N, "never_learned": index < 2,
    })  # fmt: skip


def make_review():
    """Most suspicious first; the last row is a file that could not be read."""
    index = np.arange(N)
    rows = pd.DataFrame({
        "rank": index + 1, "part": np.where(index < 40, "train", "test"), "index": index % 40,
        "file": files(index), "label": index % 3, "name": np.array(NAMES)[index % 3],
        "suggested": (index + 1) % 3, "suggested_name": np.array(NAMES)[(index + 1) % 3],
        "probability": 0.99 - index / 100, "self_confidence": index / 100, "agreement": 1.0,
        "aum_rank": np.where(index < 40, index + 1.0, np.nan), "out_of_fold_rank": index + 1,
        "suspicion": (index + 1) / N,
        "reason": np.where(index < 9, "likely-mislabelled", "ambiguous"),
    })  # fmt: skip
    lost = {"rank": N + 1, "file": "apple/broken.png", "name": "apple", "reason": "unreadable"}
    return pd.concat([rows, pd.DataFrame([lost])], ignore_index=True)


def make_duplicates():
    rows = [
        (0, "train", 0, "apple/a.png", 2, "apple", False, "exact", 0.0),
        (0, "test", 3, "apple/b.png", 2, "apple", False, "exact", 0.0),
        (1, "train", 4, "007/c.png", 1, "007", True, "exact", 0.0),
        (1, "train", 5, "apple/d.png", 2, "apple", True, "exact", 0.0),
        (2, "train", 6, "apple/e.png", 2, "apple", False, "near", 0.0),
        (2, "train", 7, "apple/f.png", 2, "apple", False, "near", 2.5),
    ]
    names = ["group", "part", "index", "file", "label", "name", "conflict", "kind", "distance"]
    return pd.DataFrame(rows, columns=names)


def make_ranks():
    """The hardest class is the first: AUM is low."""
    hardness = np.array([1.0, 2.0, 4.0])
    return pd.DataFrame({
        "class": range(3), "name": NAMES, "n": [20, 22, 18], "hardness": hardness,
        "member_low": hardness - 0.5, "member_high": hardness + 0.5,
        "mode": "study", "rho": 2.0, "size": [27, 20, 13],
    })  # fmt: skip


def make_classwise():
    recall = {0: [0.4, 0.5, 0.5, 0.6], 1: [0.8] * 4, 2: [0.9, 1.0, 1.0, 1.0]}
    rows = [
        ("full", "lenet", seed, c, recall[c][seed], 10) for seed in SEEDS for c in range(3)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["set", "recipe", "seed", "class", "recall", "support"])


def make_overall():
    accuracy = {"full": [0.70, 0.72, 0.74, 0.76], "prune-dlp-30": [0.65, 0.69, 0.69, 0.73]}
    rows = [
        (name, "lenet", seed, values[seed], 0.5, 0.2)
        for name, values in accuracy.items()
        for seed in SEEDS
    ]
    names = ["set", "recipe", "seed", "accuracy", "recall_range", "recall_sd"]
    return pd.DataFrame(rows, columns=names)


def make_sizes():
    return pd.DataFrame({
        "set": ["full", "prune-dlp-30"], "kind": ["full", "prune"], "level": [None, "dlp"],
        "estimator": [None, "aum"],
        "rate": [np.nan, 30.0], "draws": [1.0, 1.0],
    })  # fmt: skip


def make_out_of_fold():
    return pd.DataFrame({
        "class": [-1, 0, 1, 2], "name": ["all", *NAMES], "n": [90, 30, 30, 30],
        "accuracy": [0.7, 0.3, 0.85, 0.95], "low": [0.6, 0.2, 0.7, 0.85],
        "high": [0.8, 0.45, 0.95, 1.0], "chance": [0.34, 0.33, 0.33, 0.33],
        "weak": [True, True, False, False], "no_better_than_chance": [False, True, False, False],
    })  # fmt: skip


def make_confusion():
    label, predicted = (places.ravel() for places in np.indices((3, 3)))
    n = np.array([9, 20, 1, 2, 26, 2, 1, 0, 29])
    return pd.DataFrame({
        "label": label, "name": np.array(NAMES)[label], "predicted": predicted,
        "predicted_name": np.array(NAMES)[predicted], "n": n, "share": n / 30,
    })  # fmt: skip


def make_class_differences():
    return pd.DataFrame({
        "estimator": "aum", "harder": NAMES[:2], "easier": NAMES[1:], "harder_class": [0, 1],
        "easier_class": [1, 2], "members": 6, "verdict": ["certain", "not certain"],
    })  # fmt: skip


def make_reliability():
    return pd.DataFrame({
        "estimator": ["aum", "el2n", "aum"], "quantity": ["scores", "scores", "class-sizes"],
        "hardness_members": [0.95, 0.75, 0.5],
    })  # fmt: skip


def make_cells(verdicts=("changed", "undecided", "none", "undecided")):
    groups = [(metric, group) for metric in ("precision", "recall") for group in ("easy", "hard")]
    return pd.DataFrame({
        "set": "resample-smote-easy-r2", "over": "smote", "under": "easy", "mode": "study",
        "setting": 2.0, "baseline": "own", "metric": [metric for metric, _ in groups],
        "group": [group for _, group in groups], "members": 4, "change": [0.031, 0.0, 0.001, 0.02],
        "low": [0.02, -0.1, -0.002, -0.05], "high": [0.042, 0.1, 0.004, 0.09],
        "detectable": 0.05, "verdict": verdicts,
    })  # fmt: skip


def make_left_out():
    return pd.DataFrame({"reason": ["empty"], "n": [2], "examples": ["a.png, b.png"]})


def make_gallery():
    rows = [
        (
            rank,
            NAMES[c],
            kind,
            position,
            3 * position + c,
            f"{NAMES[c]}/{position}.png",
            0.5,
            0.2,
            0,
        )
        for rank, c in ((1, 0), (2, 1), (3, 2))
        for kind in ("hardest", "easiest", "disputed")
        for position in range(2)
    ]
    names = ["rank", "name", "kind", "position", "index", "file", "score", "variability", "row"]
    return pd.DataFrame(rows, columns=names)


def make_pictures(side=12):
    """Of all training samples, and of the first test samples."""
    parts = ["train"] * N + ["test"] * 20
    index = [*range(N), *range(20)]
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (len(parts), side, side, 3), np.uint8)
    return {"part": np.array(parts), "index": np.array(index), "images": images}


def make_frames():
    return {
        "samples": make_samples(), "review": make_review(), "duplicates": make_duplicates(),
        "ranks": make_ranks(), "classwise": make_classwise(), "overall": make_overall(),
        "sizes": make_sizes(), "out-of-fold": make_out_of_fold(), "confusion": make_confusion(),
        "class-differences": make_class_differences(), "reliability": make_reliability(),
        "cells": make_cells(), "left-out": make_left_out(), "gallery-by-class": make_gallery(),
    }  # fmt: skip
