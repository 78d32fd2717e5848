"""Instance-level hardness estimators: one file each, found by its name; and the one function that
ranks.

An estimator's file holds DIRECTION ("up": a high score is hard; "down": a low score is hard), NEEDS
(the arrays of the training dynamics that it reads) and `score(dynamics)` -> (M, n). Where scores
tie much, also `keys(dynamics)` -> (q, M, n), up = hard, by which ties are broken.
"""

from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np

from hardness.core import artifacts
from hardness.data.datasets import Data
from hardness.scoring.dynamics import Dynamics
from hardness.scoring.parts import ESTIMATORS


class Scores(NamedTuple):
    """One estimator's scores: scores (M, n), keys (q, M, n) up = hard, seeds (M,), direction "up"
    or "down".
    """

    scores: np.ndarray
    keys: np.ndarray
    seeds: np.ndarray
    direction: str

    def first(self, members: int) -> "Scores":
        """The first members' scores: a smaller ensemble is the beginning of the larger one.

        Raises ValueError if there are fewer members.
        """
        if members > len(self.scores):
            raise ValueError(
                f"{members} members are asked for, the scores hold {len(self.scores)}: never fewer"
            )
        return Scores(
            self.scores[:members], self.keys[:, :members], self.seeds[:members], self.direction
        )


def direction(name: str) -> str:
    return ESTIMATORS.find(name).DIRECTION


def compute(name: str, runs: Dynamics) -> Scores:
    """Score every training sample by every member. Raises as `_returned`."""
    estimator = ESTIMATORS.find(name)
    scores = _returned(estimator, "score", runs)
    keys = (
        _returned(estimator, "keys", runs)
        if hasattr(estimator, "keys")
        else np.empty((0, *scores.shape), np.float32)
    )
    return Scores(scores, keys, runs.seeds, estimator.DIRECTION)


def _returned(estimator: ModuleType, part: str, runs: Dynamics) -> np.ndarray:
    """What the estimator's `score` (M, n) or `keys` (q, M, n) returns, as float32.

    Raises ValueError, naming the estimator's file, for another shape, and for a number that is not
    finite.
    """
    members, n = len(runs.seeds), getattr(runs, estimator.NEEDS[0]).shape[-1]
    values = np.asarray(getattr(estimator, part)(runs), dtype=np.float32)
    q, words = (
        (values.shape[:1], "keys, members, samples") if part == "keys" else ((), "members, samples")
    )
    if values.shape != (*q, members, n):
        raise ValueError(
            f"{estimator.__file__}: {part}(dynamics) returned an array of shape {values.shape}; expected ({words}) "
            f"with {members} members and {n} samples"
        )
    if not np.isfinite(values).all():
        place = tuple(np.argwhere(~np.isfinite(values))[0])
        raise ValueError(
            f"{estimator.__file__}: {part}(dynamics) of sample {place[-1]} by seed {runs.seeds[place[-2]]} is "
            f"{values[place]}; expected finite numbers"
        )
    return values


def load(path: Path | str, name: str) -> Scores:
    """Read hardness/{estimator}.npz. Raises as artifacts.load_npz."""
    arrays = artifacts.load_npz(path, "scores", "keys", "seeds")
    return Scores(arrays["scores"], arrays["keys"], arrays["seeds"], direction(name))


def _mean_over(values: np.ndarray, members: int | np.ndarray) -> np.ndarray:
    positions = np.arange(members) if isinstance(members, int | np.integer) else np.asarray(members)
    wanted = len(positions)
    if not wanted or positions.min() < 0 or positions.max() >= len(values):
        raise ValueError(
            f"{wanted} members are asked for, the scores hold {len(values)}: never fewer, at least one"
        )
    return values[positions].mean(axis=0, dtype=np.float64)


def hardness(scores: Scores, members: int | np.ndarray) -> np.ndarray:
    """Mean over members, high = hard, whatever the score's direction.

    members: the first so many, or an array of member positions. Returns (n,) float64.
    Raises ValueError if the scores hold fewer members.
    """
    mean = _mean_over(scores.scores, members)
    return -mean if scores.direction == "down" else mean


def ranking(scores: Scores, members: int | np.ndarray) -> np.ndarray:
    """All samples from the easiest to the hardest: by mean hardness, then by the mean of each key,
    then by index.

    members: as in `hardness`. Returns (n,) int64.
    """
    keys = [_mean_over(key, members) for key in scores.keys]
    return np.lexsort([*reversed(keys), hardness(scores, members)])


def samples(
    data: Data, scores: dict[str, Scores], correct: np.ndarray, members: int
) -> dict[str, np.ndarray]:
    """Columns of samples.csv, a row a training sample: its label, each estimator's raw score, and
    flags.

    correct: (M, T, n) bool of the same members. never_learned: right in no epoch of any member.
    origin: the row in the data set that this one was made from; true_label: before labels were
    flipped; both only where there is such a thing.
    """
    labels = data.train_labels
    made = {"origin": data.rows, "true_label": data.true_labels}
    return {
        "index": np.arange(len(labels)),
        "file": data.files if len(data.files) else [None] * len(labels),
        "label": labels,
        "name": data.class_names[labels],
        **{
            name: _mean_over(score.scores, members).astype(np.float32)
            for name, score in scores.items()
        },
        "never_learned": ~correct.any(axis=(0, 1)),
        **{name: values for name, values in made.items() if len(values)},
    }
