"""Every estimator's scores of the classes against the accuracy that ensembles reach on them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from hardness.analysis import correlations
from hardness.core.classes import class_means
from hardness.core.intervals import pearson
from hardness.core.tables import Columns, columns_of, pick
from hardness.scoring.estimation import direction
from hardness.scoring.parts import NETWORKS, estimator_source
from hardness.scoring.scores import Scores, mean_score

DATA_BASED, MODEL_BASED = "data-based", "model-based"
TRAINING = {"part": "train-only"}  # setting part scores test samples: training ones need a name
VALUES = ("setting", "space", "estimator", "class", "score")
COLUMNS = (
    "setting", "space", "family", "estimator", "direction", "classes", "rho", "p", "p_max",
    "compared", "low", "high", "verdict", "pearson", "pearson_p", "rho_prediction",
)  # fmt: skip


def in_space(scores: Columns, space: str) -> dict[str, np.ndarray]:
    """Columns VALUES of a table of class scores that were all computed in one space."""
    rows = {**scores, "space": np.full(len(scores["class"]), space)}
    return {name: rows[name] for name in VALUES}


def of_samples(
    setting: str, scores: Mapping[str, Scores], labels: np.ndarray, k: int, members: int
) -> dict[str, np.ndarray]:
    """Columns VALUES of estimators that read networks: the mean over the training samples of each
    class.

    setting: of the networks, part or full; scores: by the estimators' names, of n samples; labels:
    (n,); members: how many are averaged.
    """
    means = [class_means(mean_score(one, members), labels, k) for one in scores.values()]
    return {
        "setting": np.full(k * len(scores), TRAINING.get(setting, setting)),
        "space": np.repeat([estimator_source(name) for name in scores], k),
        "estimator": np.repeat(list(scores), k),
        "class": np.tile(np.arange(k), len(scores)),
        "score": np.ravel(means),
    }


def joined(tables: Sequence[Columns]) -> dict[str, np.ndarray]:
    """The tables one below the other, without empty ones."""
    held = [table for table in tables if len(table["class"])]
    return {name: np.concatenate([table[name] for table in held]) for name in VALUES}


def table(values: Columns, accuracy: Columns) -> dict[str, list]:
    """Columns of class-accuracy/correlations.csv, one row per setting, space and estimator.

    values: columns VALUES; accuracy: class-accuracy/ensembles.csv. rho, its p-values, interval and
    verdict: Spearman's correlation with the mean of all members' accuracies, as in the paper; in it
    classes seldom tie. p_max is corrected for the `compared` estimators of the same setting and
    family, and, if data-based, the same space. rho_prediction: with the accuracy of the mean
    prediction instead. pearson: with a p-value by Student's t.
    """
    rows: list[dict[str, Any]] = []
    for described, names, scores in _families(values):
        accuracies = _accuracies(accuracy, described["setting"], scores.shape[1])
        rows += _judged(described, names, scores, *accuracies)
    return columns_of(rows, COLUMNS)


def _families(
    values: Columns,
) -> Iterator[tuple[dict[str, str], list[tuple[str, str]], np.ndarray]]:
    """The groups of estimators that are corrected together: their setting and family, the space and
    name of each, and their scores (E, k); in the order of `values`.
    """
    found: dict[tuple[str, ...], dict[tuple[str, str], np.ndarray]] = {}
    keys = dict.fromkeys(zip(*(values[name].tolist() for name in VALUES[:3]), strict=True))
    for setting, space, estimator in keys:
        family = MODEL_BASED if space in NETWORKS else DATA_BASED
        own = pick(values, setting=setting, space=space, estimator=estimator)
        scores = own["score"][np.argsort(own["class"], kind="stable")]
        together = setting, family, "" if family == MODEL_BASED else space
        found.setdefault(together, {})[space, estimator] = scores
    for (setting, family, _), members in found.items():
        yield {"setting": setting, "family": family}, list(members), np.array([*members.values()])


def _accuracies(accuracy: Columns, setting: str, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The accuracies of the k classes with all members: the mean of the members', and that of the
    mean prediction. They are of setting full for that setting; for all others, of the networks that
    are tested on the test part.
    """
    rows = pick(accuracy, setting="full" if setting == "full" else "part")
    rows = pick(rows, members=rows["members"].max())
    order = np.argsort(rows["class"], kind="stable")
    if len(order) != k:
        raise ValueError(
            f"setting {setting}: {k} classes are scored, {len(order)} have an accuracy; expected "
            "as many"
        )
    return rows["mean"][order], rows["prediction"][order]


def _judged(
    described: dict[str, str],
    names: Sequence[tuple[str, str]],
    scores: np.ndarray,
    accuracy: np.ndarray,
    of_prediction: np.ndarray,
) -> Iterator[dict[str, Any]]:
    k = len(accuracy)
    rho = correlations.spearman(scores, accuracy)
    p, p_max = correlations.permutation_p(scores, accuracy)
    low, high = correlations.fisher_interval(rho, k)
    r = np.array([pearson(own, accuracy) for own in scores])
    r_p = correlations.pearson_p(r, k)
    rho_prediction = correlations.spearman(scores, of_prediction)
    for place, (space, estimator) in enumerate(names):
        yield described | {
            "space": space,
            "estimator": estimator,
            "direction": direction(estimator),
            "classes": k,
            "rho": rho[place],
            "p": p[place],
            "p_max": p_max[place],
            "compared": len(names),
            "low": low[place],
            "high": high[place],
            "verdict": correlations.verdict(p_max[place], low[place], high[place]),
            "pearson": r[place],
            "pearson_p": r_p[place],
            "rho_prediction": rho_prediction[place],
        }
