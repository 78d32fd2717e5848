"""The table of training samples, with every estimator's score of each."""

from collections.abc import Mapping

import numpy as np

from hardness.data.datasets import Data
from hardness.scoring.ranks import ranks
from hardness.scoring.scores import Scores, mean_score, ranking


def samples(
    data: Data, scores: Mapping[str, Scores], correct: np.ndarray, members: int
) -> dict[str, np.ndarray]:
    """Columns of samples.csv, one row per training sample: its label, each estimator's raw score
    and rank (1 = hardest), and flags.

    correct: (M, T, n) bool of the same members. never_learned: right in no epoch of any member.
    origin: the row in the data set that this one was made from; true_label: the label before labels
    were flipped; both only if they exist.
    """
    labels = data.train_labels
    scored = {}
    for name, score in scores.items():
        scored[name] = mean_score(score, members).astype(np.float32)
        scored[f"{name}_rank"] = ranks(ranking(score, members))
    made = {"origin": data.rows, "true_label": data.true_labels}
    return {
        "index": np.arange(len(labels)),
        "file": data.files if len(data.files) else [None] * len(labels),
        "label": labels,
        "name": data.class_names[labels],
        **scored,
        "never_learned": ~correct.any(axis=(0, 1)),
        **{name: values for name, values in made.items() if len(values)},
    }
