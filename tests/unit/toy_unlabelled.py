"""Small frames of hardness without labels: the analyses themselves on toy numbers."""

import functools

import numpy as np
import pandas as pd

from hardness.analysis import by_estimator, histories, image_noise, score_correlations
from hardness.data import imagenoise
from hardness.scoring.scores import Scores
from hardness.sets.spec import FULL, Pruned, Resampled

MEMBERS, N, EPOCHS = 4, 400, 12
DOWN = {"aum", "msd", "lgn", "feature-norm", "contrast", "msd-discrepancy"}
NAMES = ("aum", "forgetting", "msd", "msd-discrepancy", "lgn", "msd-labelled", "feature-norm",
         "contrast", "entropy")  # fmt: skip
SPECS = [
    FULL,
    *(Pruned(level, 30, name, 4, 4, 4) for level, name in (
        ("dlp", "msd"), ("hardest", "msd"), ("dlp", "aum"), ("random", None)
    )),
    *(Resampled("random", "easy", "study", 2, name, 4, 4, 4) for name in ("aum", "msd")),
]  # fmt: skip


def scores(seed: int = 0) -> dict[str, Scores]:
    """MSD is the feature's norm and a little of AUM's hardness; contrast is of the data alone."""
    rng = np.random.default_rng(seed)
    hard, norm = rng.standard_normal((2, N))
    made = {}
    for place, name in enumerate(NAMES):
        own = norm if place in (2, 3, 4, 6) else hard
        members = None if name in ("contrast", "entropy") else MEMBERS
        shape = (N,) if members is None else (members, N)
        values = own + 0.3 * hard + 0.5 * rng.standard_normal(shape)
        values = (-values if name in DOWN else values).astype(np.float32)
        seeds = None if members is None else np.arange(members)
        direction = "down" if name in DOWN else "up"
        made[name] = Scores(values, np.empty((0, *shape)), seeds, direction)
    return made


@functools.cache
def _correlations(k: int) -> pd.DataFrame:
    table = score_correlations.table(scores(), MEMBERS, np.arange(N) % k, k)
    frame = pd.DataFrame(table)
    return frame.assign(given=frame["given"].replace("", None))  # as a csv is read


def make_correlations(study: dict) -> pd.DataFrame:
    return _correlations(len(study["names"]))


@functools.cache
def _histories() -> np.ndarray:
    rng = np.random.default_rng(1)
    falling = np.linspace(2, 0.5, EPOCHS) * np.exp(0.4 * rng.standard_normal((N, 1)))
    return np.abs(falling + 0.3 * rng.standard_normal((N, EPOCHS)))


@functools.cache
def _clusters() -> pd.DataFrame:
    return pd.DataFrame(histories.clusters(_histories()))


def make_clusters(study: dict) -> pd.DataFrame:
    return _clusters()


def make_histories(study: dict) -> pd.DataFrame:
    return pd.DataFrame(histories.by_cluster(_histories(), {"shape": 3, "level": 2}))


def make_representation(study: dict) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    spaces = ["pixels"] + ["untrained"] * MEMBERS + ["trained"] * MEMBERS + ["chance"]
    seeds = [None, *range(MEMBERS), *range(MEMBERS), None]
    accuracy = np.array([0.38] + [0.37] * MEMBERS + [0.44] * MEMBERS + [0.1])
    accuracy[:-1] += 0.01 * rng.standard_normal(9)
    return pd.DataFrame({"space": spaces, "seed": seeds, "accuracy": accuracy})


def overall() -> dict[str, np.ndarray]:
    """evaluation/overall.csv of one recipe."""
    rng = np.random.default_rng(3)
    names = [spec.name for spec in SPECS]
    accuracy = np.linspace(0.9, 0.84, len(names))[:, None] + 0.004 * rng.standard_normal(
        (len(names), MEMBERS)
    )
    return {
        "set": np.repeat(names, MEMBERS),
        "seed": np.tile(np.arange(MEMBERS), len(names)),
        "accuracy": accuracy.ravel(),
        "recall_sd": 0.5 * (1 - accuracy.ravel()),
    }


def specs() -> dict:
    return {spec.name: spec for spec in SPECS}


def make_pruned(study: dict) -> pd.DataFrame:
    return pd.DataFrame(by_estimator.pruned(overall(), specs()))


def make_resampled(study: dict) -> pd.DataFrame:
    return pd.DataFrame(by_estimator.resampled(overall(), specs()))


@functools.cache
def _image_noise() -> pd.DataFrame:
    what = imagenoise.kinds(N, 0.15, 0)
    return pd.DataFrame(image_noise.detection(scores(), what, MEMBERS))


def make_image_noise(study: dict) -> pd.DataFrame:
    return _image_noise()


def make_samples(study: dict) -> pd.DataFrame:
    """samples.csv, of as many samples as toy_study's map has."""
    rng = np.random.default_rng(4)
    norm = rng.uniform(2, 6, 400)
    msd = norm**2 * rng.uniform(0.8, 1.2, 400)
    return pd.DataFrame({
        "index": np.arange(400), "name": np.array(study["names"])[np.arange(400) % 10],
        "msd": msd, "msd-std": msd * rng.uniform(0.5, 1, 400), "feature-norm": norm,
    })  # fmt: skip


FRAMES = {  # of each figure
    "score-correlations": {"score-correlations": make_correlations},
    "history-clusters": {"clusters": make_clusters, "histories": make_histories},
    "representation": {"representation": make_representation},
    "pruned-by-msd": {"pruned-by-msd": make_pruned},
    "image-noise-detection": {"image-noise": make_image_noise},
}
