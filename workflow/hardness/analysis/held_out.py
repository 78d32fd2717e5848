"""Out-of-fold predictions: how well classes are told apart by members that did not train on the
samples, and where the networks are too weak for their scores to be trusted.

Training samples are predicted by those members of a set of folds that did not train on them, test
samples by all of its members.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from hardness.analysis.evaluation import confusion
from hardness.core.classes import class_counts
from hardness.core.tables import stacked
from hardness.data.datasets import Data
from hardness.scoring import sources
from hardness.sets import folds

WEAK = 0.8  # networks with a lower accuracy are called weak
ALL = -1  # the class of the row for all classes together
NO_FILES = np.empty(0, dtype=np.str_)
Columns = dict[str, np.ndarray]


class HeldOut(NamedTuple):
    """Predictions for n samples of one part, by members that did not train on them.

    part: train or test; labels: (n,) as given; files: (n,), or (0,) where they are unknown; p:
    (n, k), the mean of the members' probabilities; predicted: (R, n), each member's class.
    """

    part: str
    labels: np.ndarray
    files: np.ndarray
    p: np.ndarray
    predicted: np.ndarray

    @property
    def suggested(self) -> np.ndarray:
        """The most probable class by the mean probabilities, (n,); ties go to the lower number."""
        return self.p.argmax(axis=1)

    @property
    def self_confidence(self) -> np.ndarray:
        """The mean probability of the given label, (n,)."""
        return self.p[np.arange(len(self.labels)), self.labels]

    @property
    def agreement(self) -> np.ndarray:
        """The share of the members whose own class is the suggested one, (n,)."""
        return (self.predicted == self.suggested).mean(axis=0)

    def sample_columns(self, class_names: np.ndarray) -> dict[str, Any]:
        """The columns that identify the sample of a row."""
        n = len(self.labels)
        return {
            "part": np.full(n, self.part),
            "index": np.arange(n),
            "file": self.files if len(self.files) else np.full(n, None),
            "label": self.labels,
            "name": class_names[self.labels],
        }


def of_training(
    blocks: Sequence[Path | str], source: np.ndarray | None, labels: np.ndarray, files: np.ndarray
) -> HeldOut:
    """Predictions for the training samples, by members that did not train on them.

    blocks: predictions.npz of all blocks of a set of folds; source: of that set; None if the
    blocks hold only predictions for samples not trained on. Raises as sources.member_probabilities
    and folds.out_of_fold.
    """
    p = np.stack(list(sources.member_probabilities(blocks)))
    if source is not None:
        p = folds.out_of_fold(p, source)
    return HeldOut("train", labels, files, p.mean(axis=0), p.argmax(axis=2))


def of_test(blocks: Sequence[Path | str], labels: np.ndarray, files: np.ndarray) -> HeldOut:
    """Predictions for the test samples, by all members of a set of folds. blocks: test.npz of all
    blocks. Raises as sources.member_probabilities.
    """
    p = np.stack(list(sources.member_probabilities(blocks)))
    return HeldOut("test", labels, files, p.mean(axis=0), p.argmax(axis=2))


def load(
    data: Data,
    source: np.ndarray | None,
    predictions: Sequence[Path | str],
    tests: Sequence[Path | str],
    test_files: np.ndarray = NO_FILES,
) -> list[HeldOut]:
    """Both parts of a data set; only the training part if there are no `tests`. (Where test samples
    are training samples, networks did train on them.)

    Raises as of_training and of_test.
    """
    train = of_training(predictions, source, data.train_labels, data.files)
    return [train, of_test(tests, data.test_labels, test_files)] if tests else [train]


# Tables


def samples(parts: Sequence[HeldOut], class_names: np.ndarray) -> dict[str, list]:
    """Columns of out-of-fold/samples.csv, one row per sample of each part.

    predicted: the suggested class; confidence: its mean probability; self_confidence: that of the
    given label; margin: self_confidence less the largest mean probability of another class;
    agreement: the share of the members that predict the suggested class.
    """
    return stacked({(one.part,): _samples(one, class_names) for one in parts}, ())


def _samples(held_out: HeldOut, class_names: np.ndarray) -> dict[str, Any]:
    others = held_out.p.copy()
    others[np.arange(len(others)), held_out.labels] = -np.inf
    return held_out.sample_columns(class_names) | {
        "predicted": held_out.suggested,
        "predicted_name": class_names[held_out.suggested],
        "confidence": _short(held_out.p.max(axis=1)),
        "self_confidence": _short(held_out.self_confidence),
        "margin": _short(held_out.self_confidence - others.max(axis=1)),
        "agreement": held_out.agreement,
    }


def _short(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)


def confusion_table(parts: Sequence[HeldOut], class_names: np.ndarray) -> Columns:
    """Columns of out-of-fold/confusion.csv, one row per label and predicted class. n: how many
    samples of all parts with that label are predicted as that class; share: n as a share of the
    samples with that label.
    """
    counts, k = _counts(parts, len(class_names)), len(class_names)
    label, predicted = (axis.ravel() for axis in np.indices((k, k)))
    return {
        "label": label,
        "name": class_names[label],
        "predicted": predicted,
        "predicted_name": class_names[predicted],
        "n": counts.ravel(),
        "share": (counts / counts.sum(axis=1, keepdims=True)).ravel(),
    }


def classes(parts: Sequence[HeldOut], class_names: np.ndarray) -> Columns:
    """Columns of out-of-fold/classes.csv: a row for all classes together (class -1, name all), and
    one per class, over the samples of all parts.

    accuracy: the share of the samples whose mean prediction is their label, with Wilson's 95%
    interval low, high. chance: for all classes together the share of the largest class, the
    accuracy of always guessing it; for a class the share of all samples that are predicted as it,
    its accuracy if predictions were independent of labels. weak: an accuracy below .8;
    no_better_than_chance: the interval reaches down to chance.
    """
    counts = _counts(parts, len(class_names))
    n = counts.sum(axis=1)
    sizes = np.concatenate([[n.sum()], n])
    right = np.concatenate([[np.trace(counts)], np.diag(counts)])
    chance = np.concatenate([[n.max()], counts.sum(axis=0)]) / n.sum()
    accuracy, (low, high) = right / sizes, wilson(right, sizes)
    return {
        "class": np.arange(ALL, len(class_names)),
        "name": np.concatenate([["all"], class_names]),
        "n": sizes,
        "accuracy": accuracy,
        "low": low,
        "high": high,
        "chance": chance,
        "weak": accuracy < WEAK,
        "no_better_than_chance": low <= chance,
    }


def _counts(parts: Sequence[HeldOut], k: int) -> np.ndarray:
    """Samples by label and predicted class, (k, k). Raises as class_counts."""
    labels = np.concatenate([one.labels for one in parts])
    predicted = np.concatenate([one.suggested for one in parts])
    class_counts(labels, k)
    return confusion(labels, predicted[None], k)[0]


def wilson(hits: np.ndarray, trials: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The 95% interval of a share, low and high. hits, trials: whole numbers, trials above 0.

    Source: Wilson (1927). Unlike the normal one it holds near 0 and 1, and with few trials.
    """
    z2, share = ndtri(0.975) ** 2, hits / trials
    center = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = np.sqrt(z2 * (share * (1 - share) / trials + z2 / (4 * trials**2))) / (1 + z2 / trials)
    return np.maximum(center - half, 0), np.minimum(center + half, 1)


# Words


def weaknesses(table: Mapping[str, np.ndarray]) -> list[str]:
    """Say where the networks are weak, and what to change; an empty list if they are not weak.

    table: the columns of `classes`.
    """
    every, *single = (
        dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)
    )
    said = []
    if every["weak"]:
        said.append(
            f"The networks are weak: out of fold they are right about {every['accuracy']:.0%} of "
            f"the samples (95% interval: {every['low']:.0%} to {every['high']:.0%}; always "
            f"guessing the largest class: {every['chance']:.0%})."
        )
    elif weak := [f"{row['name']} ({row['accuracy']:.0%})" for row in single if row["weak"]]:
        said.append(f"The networks are weak on some classes: {', '.join(weak)}.")
    if lost := [str(row["name"]) for row in single if row["no_better_than_chance"]]:
        said.append(f"They are no better than chance on {', '.join(lost)}.")
    if said:
        said.append(
            "Read the scores and suggestions there with care. What helps: more samples of these "
            "classes, larger inputs (source.size), a recipe that trains longer or a larger "
            "network, or one class in place of two that cannot be told apart."
        )
    return said
