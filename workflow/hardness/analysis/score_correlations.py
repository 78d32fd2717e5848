"""Correlations between scores, over samples and over classes, plain and partial given controls.

Every score is signed such that high is hard. Three kinds of interval answer three questions:

- other samples: a percentile bootstrap over samples, with ranks computed anew in each resample;
- other classes: Fisher's interval (analysis/correlations.py), 90%;
- other networks: Student's t on the jackknife over members. Leaving out a seed leaves it out of all
  scores. A score without members (of the data alone, or of a whole ensemble's predictions) does not
  change.

A partial correlation is the correlation of the residuals of two scores after linear regression on
the controls; of ranks for Spearman's.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from hardness.analysis import correlations
from hardness.core.intervals import t_interval
from hardness.core.tables import columns_of
from hardness.scoring.scores import Scores, class_hardness, hardness

SPEARMAN, PEARSON = "spearman", "pearson"
SAMPLES, CLASSES = "samples", "classes"
CONTROLS = ("feature-norm", "contrast")  # what may explain a score of features
RESAMPLES = 500
BOOTSTRAP = 615  # random stream id
COLUMNS = (
    "first", "second", "over", "kind", "given", "value", "low", "high", "member_low",
    "member_high", "n", "members",
)  # fmt: skip


class Question(NamedTuple):
    """One kind of correlation. over: samples or classes; kind: spearman or pearson; given: the
    controls of a partial correlation.
    """

    over: str
    kind: str
    given: tuple[str, ...] = ()


def table(
    scores: Mapping[str, Scores], members: int, labels: np.ndarray, k: int
) -> dict[str, list]:
    """Columns of unlabelled/correlations.csv: one row per pair of estimators and question.

    scores: by their estimators; scores at class level, and those that are the same for all samples,
    are left out. members: the number of first members to use. labels: (n,) in 0..k-1. It runs on
    one core, because other numbers of cores round differently.
    """
    with threadpool_limits(1):
        return _table(scores, members, labels, k)


def _table(
    scores: Mapping[str, Scores], members: int, labels: np.ndarray, k: int
) -> dict[str, list]:
    told = {name: score for name, score in scores.items() if _varies(score, members)}
    names = [*told]
    given = [one for one in _subsets(CONTROLS) if set(one) <= set(names)]
    questions = [Question(SAMPLES, kind, one) for kind in (SPEARMAN, PEARSON) for one in given]
    questions += [Question(CLASSES, SPEARMAN)]
    every = np.arange(members)
    chosen = [every, *(np.delete(every, out) for out in every if members > 1)]
    found = [_all(told, own, labels, k, questions) for own in chosen]
    values = np.array([hardness(score, members) for score in told.values()])
    bounds = _bootstrap(values, questions, names)
    rows = []
    for question in questions:
        value = found[0][question]
        ends = bounds.get(question) or correlations.fisher_interval(value, k)
        numbers = (value, *ends, *_jackknife([one[question] for one in found]))
        said = (question.over, question.kind, "+".join(question.given))
        size = len(labels) if question.over == SAMPLES else k
        for i, j in combinations(range(len(names)), 2):
            if {names[i], names[j]}.isdisjoint(question.given):
                cells = (float(one[i, j]) for one in numbers)
                row = (names[i], names[j], *said, *cells, size, members)
                rows.append(dict(zip(COLUMNS, row, strict=True)))
    return columns_of(rows, COLUMNS)


def _varies(score: Scores, members: int) -> bool:
    return score.labels is None and np.ptp(hardness(score, members)) > 0


def _subsets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(names) + 1):
        yield from combinations(names, size)


def _all(
    scores: Mapping[str, Scores],
    members: np.ndarray,
    labels: np.ndarray,
    k: int,
    questions: Sequence[Question],
) -> dict[Question, np.ndarray]:
    """The correlation matrix (E, E) of each question, by these members."""
    names = [*scores]
    values = np.array([hardness(score, members) for score in scores.values()])
    of_classes = np.array([class_hardness(one, members, labels, k) for one in scores.values()])
    plain = {
        (SAMPLES, SPEARMAN): _products(correlations.standardized(correlations.ranks(values))),
        (SAMPLES, PEARSON): _products(correlations.standardized(values)),
        (CLASSES, SPEARMAN): _products(correlations.standardized(correlations.ranks(of_classes))),
    }
    return {
        one: partial(plain[one.over, one.kind], [names.index(name) for name in one.given])
        for one in questions
    }


def _products(rows: np.ndarray) -> np.ndarray:
    return np.clip(rows @ rows.T, -1, 1)


def partial(matrix: np.ndarray, controls: Sequence[int]) -> np.ndarray:
    """Partial correlations (E, E) from a correlation matrix (E, E), given its rows `controls`; nan
    for the controls themselves, and for scores that the controls explain completely.
    """
    if not len(controls):
        return matrix
    own = matrix[np.ix_(controls, controls)]
    across = matrix[:, controls]
    left = matrix - across @ np.linalg.pinv(own) @ across.T
    known = np.diag(left) > 1e-9
    known[list(controls)] = False
    scale = np.sqrt(np.where(known, np.diag(left), np.nan))
    return np.clip(left / np.outer(scale, scale), -1, 1)


def _jackknife(values: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Student's 95% interval around the first value, which is of all M members, from the M values
    without one member each; nan for one member, and where no member makes a difference.
    """
    whole, without = values[0], np.array(values[1:])
    if not len(without):
        return np.full_like(whole, np.nan), np.full_like(whole, np.nan)
    pseudo = len(without) * whole - (len(without) - 1) * without
    mean, low, high = t_interval(pseudo)
    half = np.where(np.ptp(without, axis=0) > 0, (high - low) / 2, np.nan)
    return np.maximum(whole - half, -1), np.minimum(whole + half, 1)


def _bootstrap(
    values: np.ndarray, questions: Sequence[Question], names: Sequence[str]
) -> dict[Question, tuple[np.ndarray, np.ndarray]]:
    """95% percentile intervals over samples, for the questions over samples.

    values: (E, n). A resample is stored as how often each sample occurs in it; ranks are those
    within the resample.
    """
    n = values.shape[1]
    rng = np.random.default_rng(BOOTSTRAP)
    groups = [np.unique(row, return_inverse=True)[1] for row in values]
    asked = [one for one in questions if one.over == SAMPLES]
    found: dict[Question, list[np.ndarray]] = {one: [] for one in asked}
    for _ in range(RESAMPLES):
        times = np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)
        plain = {
            SPEARMAN: _weighted(np.array([_ranks(group, times) for group in groups]), times),
            PEARSON: _weighted(values, times),
        }
        for one in asked:
            given = [names.index(name) for name in one.given]
            found[one].append(partial(plain[one.kind], given))
    return {
        one: tuple(np.quantile(np.array(matrices), (0.025, 0.975), axis=0))
        for one, matrices in found.items()
    }


def _ranks(group: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Mean ranks (n,) in a resample. times: (n,), how often each sample occurs; group: (n,), the
    place of each sample's value among the distinct values.
    """
    counts = np.bincount(group, weights=times)
    return (np.cumsum(counts) - (counts - 1) / 2)[group]


def _weighted(rows: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Pearson's correlations (E, E) of rows (E, n), with each column occurring `times` (n,)."""
    centred = rows - (rows @ times / times.sum())[:, None]
    lengths = np.sqrt(centred**2 @ times)
    scaled = centred / np.where(lengths > 0, lengths, np.nan)[:, None]
    return np.clip((scaled * times) @ scaled.T, -1, 1)
