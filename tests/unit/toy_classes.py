"""Small frames of the comparison of estimators by classes: the analysis itself on toy numbers."""

import functools

import numpy as np
import pandas as pd

from hardness.analysis import class_accuracy, class_correlations, division, score_agreement

MEMBERS, N = 12, 400
NETWORKS = {"predictions": ("cleanlab", "margin", "el2n-final")}
NEIGHBOURS = ("dcc", "mdsc", "mdoc", "n3", "cp", "cdr", "ad", "quadric-mean", "volume",
              "volume-printed")  # fmt: skip
DOWN = {"cleanlab", "margin", "mdoc"}
CLASS_LEVEL = {"volume", "volume-printed"}
SETTINGS = ("full", "part", "train-only")


def make_accuracy(study: dict) -> pd.DataFrame:
    parts = []
    for seed, setting in enumerate(("full", "part")):
        made, labels = _accuracy(len(study["names"]), seed)
        columns = class_accuracy.sizes_table(made, labels, study["names"])
        parts.append(pd.DataFrame(columns).assign(setting=setting))
    return pd.concat(parts, ignore_index=True)


def make_agreement(study: dict) -> pd.DataFrame:
    parts = []
    for seed, setting in enumerate(("full", "part")):
        made, labels = _accuracy(len(study["names"]), seed)
        columns = class_accuracy.agreement_table(made, _p(len(study["names"]), seed), labels)
        parts.append(pd.DataFrame(columns).assign(setting=setting))
    return pd.concat(parts, ignore_index=True)


@functools.cache
def _p(k: int, seed: int) -> np.ndarray:
    """(M, n, k): classes are hard by their number, members are noisy."""
    rng = np.random.default_rng(seed)
    labels = np.arange(10 * k) % k
    logits = rng.normal(0, 1, (MEMBERS, 10 * k, k)) + rng.normal(0, 0.7, (10 * k, k))
    logits[:, np.arange(10 * k), labels] += 4 - 2 * labels / k
    return np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)


@functools.cache
def _accuracy(k: int, seed: int) -> tuple[class_accuracy.ClassAccuracy, np.ndarray]:
    labels = np.arange(10 * k) % k
    return class_accuracy.class_accuracy(_p(k, seed), labels, k), labels


def make_values(study: dict) -> pd.DataFrame:
    k = len(study["names"])
    rng = np.random.default_rng(1)
    rows = []
    for setting in SETTINGS:
        for space, names in (("predictions", NETWORKS["predictions"]), ("pixels", NEIGHBOURS)):
            for name in names:
                noise = 0.1 if space == "predictions" else 0.6
                scores = (np.arange(k) / k + rng.normal(0, noise, k)) * (-1 if name in DOWN else 1)
                scores = np.zeros(k) if name == "volume-printed" else scores
                rows += [(setting, space, name, c, score) for c, score in enumerate(scores)]
    return pd.DataFrame(rows, columns=list(class_correlations.VALUES))


@functools.cache
def _correlations(names: tuple[str, ...]) -> pd.DataFrame:
    study = {"names": names}
    values, accuracy = (
        {column: np.array(frame[column].tolist()) for column in frame}
        for frame in (make_values(study), make_accuracy(study))
    )
    return pd.DataFrame(class_correlations.table(values, accuracy))


def make_correlations(study: dict) -> pd.DataFrame:
    return _correlations(tuple(study["names"])).copy()


@functools.cache
def _scored() -> list[tuple[str, str, np.ndarray]]:
    rng = np.random.default_rng(2)
    scored = []
    for setting in SETTINGS:
        hard = rng.normal(0, 1, N)
        for name in (*NETWORKS["predictions"], *NEIGHBOURS):
            if name not in CLASS_LEVEL:
                values = np.exp(hard + rng.normal(0, 1, N)) * (-1 if name in DOWN else 1)
                if name == "mdsc":
                    values = np.where(values > 5, np.inf, values)
                scored.append((setting, name, values > 3 if name == "n3" else values))
    return [(setting, name, values.astype(float)) for setting, name, values in scored]


def make_families(study: dict) -> pd.DataFrame:
    return pd.DataFrame(division.tables(_scored())["families"])


def make_curves(study: dict) -> pd.DataFrame:
    return pd.DataFrame(division.tables(_scored())["curves"])


def make_score_agreement(study: dict) -> pd.DataFrame:
    return pd.DataFrame(score_agreement.table(_scored()))


FRAMES = {  # of each figure
    "class-accuracy": {"class-accuracy": make_accuracy, "class-agreement": make_agreement},
    "class-correlations": {"class-correlations": make_correlations},
    "difficulty-families": {"families-of-values": make_families, "curves-of-values": make_curves},
    "estimator-clusters-by-samples": {"score-agreement": make_score_agreement},
    "estimator-clusters-by-classes": {
        "class-values": make_values,
        "class-accuracy": make_accuracy,
    },
}  # fmt: skip
