"""Several readings of what trained networks predict (logits, adjusted logits, TDE) for the samples
that they are tested on: the test part, or the rows that each member's random split leaves out.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hardness.analysis import logit_adjustment
from hardness.analysis.rebalancing import Classes, Design, groups
from hardness.core import artifacts
from hardness.core.draws import draw_of
from hardness.data.datasets import Data, TrainingSet
from hardness.scoring import sources
from hardness.sets import splits


class Trial(NamedTuple):
    """The samples that the members of a training set are tested on, t for each member.

    labels: (t,); groups: of the samples, name -> (t,) bool; counts: (D, k), rows of each class in
    each draw of the set; rows: (D, t), those of the training part that each draw leaves out, None
    if all members are tested on the test part.
    """

    labels: np.ndarray
    groups: Mapping[str, np.ndarray]
    design: Design
    counts: np.ndarray
    rows: np.ndarray | None = None


def classes_of(data: Data) -> Classes:
    """The classes of the training part."""
    return Classes(data.train_labels, data.class_names, data.sub_labels, data.sub_names)


def trial(data: Data, training_set: TrainingSet, is_split: bool) -> Trial:
    """The samples that the members of a set are tested on. is_split: whether each draw is a random
    split; then sub-classes are ignored, because their numbers of test samples differ between draws.
    """
    source, every = training_set.source, classes_of(data)
    draws = range(len(source))
    counts = [np.bincount(training_set.labels_of(d), minlength=data.classes) for d in draws]
    rows, test_share = None, 0.0
    tested = every._replace(labels=data.test_labels, sub_labels=data.test_sub_labels)
    if is_split:
        every = every._replace(sub_labels=every.sub_labels[:0], sub_names=every.sub_names[:0])
        rows = splits.test_rows(source, data.train_labels)
        tested, test_share = every.take(rows[0]), rows.shape[1] / source.shape[1]
    found = groups(tested, every.take(source[0]))
    return Trial(tested.labels, found, Design(len(source), test_share), np.stack(counts), rows)


def correct(files: Sequence[Path | str], members: int, trial: Trial) -> np.ndarray:
    """Which samples each member predicts right, (M, t) bool. Raises as sources.load_predictions."""
    seeds, predicted = sources.load_predictions(files, members)
    return _own(predicted, seeds, trial) == trial.labels


def adjusted(files: Sequence[Path | str], members: int, trial: Trial) -> np.ndarray:
    """As `correct`, with logit adjustment by the classes' shares in each member's draw."""
    seeds, logits = joined(files, "logits", members)
    counts = trial.counts[draw_of(seeds, len(trial.counts))]
    return logit_adjustment.adjusted(_own(logits, seeds, trial), counts) == trial.labels


def direct_effects(
    files: Sequence[Path | str], members: int, trial: Trial
) -> dict[str, np.ndarray]:
    """As `correct`, with total direct effect, for each alpha: name of the reading, such as tde-1.5,
    -> (M, t) bool.
    """
    _, predicted = joined(files, "predicted", members)
    alphas = artifacts.load_npz(files[0], "alphas")["alphas"]
    return {
        f"tde-{alpha:g}": predicted[:, place] == trial.labels for place, alpha in enumerate(alphas)
    }


def _own(values: np.ndarray, seeds: np.ndarray, trial: Trial) -> np.ndarray:
    return values if trial.rows is None else left_out(values, seeds, trial.rows)


def left_out(values: np.ndarray, seeds: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """From members' values for all rows (M, n, ...), those for the rows that each member's draw
    leaves out: (M, t, ...). rows: (D, t) of splits.test_rows.
    """
    own = rows[draw_of(seeds, len(rows))]
    return np.stack([value[chosen] for value, chosen in zip(values, own, strict=True)])


def joined(files: Sequence[Path | str], name: str, members: int) -> tuple[np.ndarray, np.ndarray]:
    """The seeds and one array of all blocks, members first. Raises as sources.load_dynamics."""
    parts = [artifacts.load_npz(file, "seeds", name) for file in files]
    seeds = np.concatenate([part["seeds"] for part in parts])
    sources.check_seeds(seeds, files, members)
    return seeds, np.concatenate([part[name] for part in parts])
