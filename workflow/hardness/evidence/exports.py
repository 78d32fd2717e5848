"""Exports of the study in the columns that other tools read: functions on arrays.

study/export.py reads and writes the files.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from hardness.analysis.review import MISLABELLED
from hardness.core.tables import Columns
from hardness.data.datasets import Data, TrainingSet

NEVER_LEARNED = 1000  # Cartography's forgetfulness of a sample that is right in no epoch


def repeats(source: np.ndarray) -> np.ndarray:
    """How often each place's row occurs before it, (n,) int64.

    >>> repeats(np.array([7, 2, 7, 7])).tolist()
    [0, 0, 1, 2]
    """
    order = np.argsort(source, kind="stable")
    _, first, counts = np.unique(source[order], return_index=True, return_counts=True)
    found = np.empty(len(source), dtype=np.int64)
    found[order] = np.arange(len(source)) - np.repeat(first, counts)
    return found


def places(data: Data, made: TrainingSet, draw: int) -> Columns:
    """One row per place of a training set's draw: index of the sample (-1: synthetic), its file,
    label and name; repeat (0: the sample itself, 1: its first repetition, ...); synthetic (its
    place among the synthetic inputs).
    """
    source, labels = made.source[draw], made.labels_of(draw)
    new = source < 0
    files = data.files if len(data.files) else np.full(len(data.train_labels), "")
    return {
        "index": source,
        "file": np.where(new, "", files[np.where(new, 0, source)]),
        "label": labels,
        "name": data.class_names[labels],
        "repeat": np.where(new, 0, repeats(source)),
        "synthetic": [
            place if place >= 0 else None for place in np.where(new, new.cumsum() - 1, -1)
        ],
    }


def link_name(index: int, repeat: int, file: str) -> str:
    """The name of a sample's link: its index, the number of the repetition, and its file's suffix.

    >>> link_name(12, 0, "cat/a.JPG"), link_name(12, 1, "cat/a.JPG")
    ('000012.JPG', '000012-1.JPG')
    """
    name, dot, end = file.rpartition("/")[2].rpartition(".")
    again = f"-{repeat}" if repeat else ""
    return f"{index:06}{again}{dot if name else ''}{end if name and dot else ''}"


def cartography(loss: np.ndarray, correct: np.ndarray) -> Columns:
    """The training samples of one network in the columns of Dataset Cartography's td_metrics.jsonl
    (Swayamdipta et al. 2020).

    loss: (T, n), correct: (T, n) bool. confidence and variability: mean and standard deviation of
    the label's probability over the epochs; correctness: epochs in which it is right;
    forgetfulness: epochs in which it is wrong after being right, 1000 if it never is right.

    >>> columns = cartography(-np.log([[0.5], [1.0]]), np.array([[False], [True]]))
    >>> float(columns["confidence"][0]), float(columns["variability"][0])
    (0.75, 0.25)
    """
    probability = np.exp(-loss.astype(np.float64))
    confidence = probability.mean(axis=0)
    events = (correct[:-1] & ~correct[1:]).sum(axis=0)
    return {
        "index": np.arange(loss.shape[1]),
        "threshold_closeness": confidence * (1 - confidence),
        "confidence": confidence,
        "variability": probability.std(axis=0),
        "correctness": correct.sum(axis=0),
        "forgetfulness": np.where(correct.any(axis=0), events, NEVER_LEARNED),
    }


def json_lines(columns: Mapping[str, Iterable[Any]]) -> str:
    """One JSON object per row.

    >>> json_lines({"guid": ["a", "b"], "confidence": [0.5, 1.0]})
    '{"guid": "a", "confidence": 0.5}\\n{"guid": "b", "confidence": 1.0}\\n'
    """
    rows = zip(*columns.values(), strict=True)
    plain = (dict(zip(columns, map(_plain, row), strict=True)) for row in rows)
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in plain)


def datalab(samples: Columns, found: Mapping[str, Columns]) -> Columns:
    """samples.csv with the columns of cleanlab's Datalab in front.

    found: those tables that exist of out-of-fold (its samples.csv), review and duplicates, of which
    only training samples are used. given_label and predicted_label are class names; label_score is
    the mean probability of the given label by networks that did not train on the sample;
    is_label_issue: the review calls it likely mislabelled. near_duplicate_sets: the indices of the
    other samples in its group.
    """
    n = len(samples["index"])
    columns: dict[str, Any] = {}
    if "out-of-fold" in found and "review" in found:
        judged, review = _of_training(found["out-of-fold"]), _of_training(found["review"])
        at = np.argsort(judged["index"])
        wrong = review["index"][review["reason"] == MISLABELLED]
        columns |= {
            "is_label_issue": np.isin(samples["index"], wrong),
            "label_score": judged["self_confidence"][at],
            "given_label": samples["name"],
            "predicted_label": judged["predicted_name"][at],
        }
    if "duplicates" in found:
        groups = _groups(_of_training(found["duplicates"]))
        columns["is_near_duplicate_issue"] = [index in groups for index in range(n)]
        columns["near_duplicate_sets"] = [json.dumps(groups.get(index, [])) for index in range(n)]
    return {**columns, **samples}


def _of_training(table: Columns) -> dict[str, np.ndarray]:
    here = np.asarray(table["part"]) == "train"
    return {name: np.asarray(column)[here] for name, column in table.items()}


def _groups(duplicates: Mapping[str, np.ndarray]) -> dict[int, list[int]]:
    """The indices of the duplicates of each sample that has some."""
    found: dict[int, list[int]] = {}
    for group in np.unique(duplicates["group"]):
        members = sorted(duplicates["index"][duplicates["group"] == group].tolist())
        found |= {index: [one for one in members if one != index] for index in members}
    return {index: others for index, others in found.items() if others}


def by_file(files: Sequence[str], scores: Mapping[str, np.ndarray]) -> dict[str, dict[str, Any]]:
    """Each score as {file: value}, for FiftyOne's `set_values(..., key_field="filepath")`; None for
    a value that is not finite, for which JSON has no number.

    >>> by_file(["a.png", "b.png"], {"aum": np.array([1.5, np.nan])})
    {'aum': {'a.png': 1.5, 'b.png': None}}
    """
    return {
        name: {file: _plain(value) for file, value in zip(files, values, strict=True)}
        for name, values in scores.items()
    }


def _plain(value: Any) -> Any:
    """A value in a type that JSON knows; None for a float that is not finite."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not np.isfinite(value) else value
