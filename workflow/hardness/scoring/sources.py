"""What estimators read: the observations of an ensemble's members, and the data themselves.

Each source is a typed value with one loader. Observations are indexed by the sample's row in the
data set, and hold the members in the order of their seeds. parts.py lists each source's arrays.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hardness.core import artifacts
from hardness.core.halves import first_half
from hardness.data import datasets, spaces
from hardness.data.datasets import Data
from hardness.training import probing


class Dynamics(NamedTuple):
    """Training dynamics of an ensemble trained on `full`; M members, T epochs, n samples.

    From the training step's own forward pass (train mode, augmented view, before that step's
    update): margin z_y - max_{j != y} z_j, loss -ln p_y, el2n norm2(p - onehot(y)), true_logit z_y
    (M, T, n) float16; correct (M, T, n) bool; aum, the mean margin accumulated in float32, (M, n).
    probe_el2n (M, n) float32: in eval mode, without augmentation, after the probe epoch.
    probe_epoch: its number, counted from 1. An array that was not asked for is None.
    """

    seeds: np.ndarray
    probe_epoch: int | None = None
    margin: np.ndarray | None = None
    loss: np.ndarray | None = None
    el2n: np.ndarray | None = None
    true_logit: np.ndarray | None = None
    correct: np.ndarray | None = None
    aum: np.ndarray | None = None
    probe_el2n: np.ndarray | None = None


class Pass(NamedTuple):
    """A pass over all training samples after each epoch, in eval mode and without augmentation.

    loss -ln p_y, margin (M, T, n) float16; correct (M, T, n) bool; du, dl (M, n) float32: over all
    epochs, the sums of the changes of p away from the label and towards it (psi-difficulty). An
    array that was not asked for is None.
    """

    seeds: np.ndarray
    loss: np.ndarray | None = None
    margin: np.ndarray | None = None
    correct: np.ndarray | None = None
    du: np.ndarray | None = None
    dl: np.ndarray | None = None


class Features(NamedTuple):
    """Features of all training samples after each epoch, in eval mode and without augmentation; d
    numbers per sample.

    changes (M, T - 1, n) float32: the mean over the d numbers of their squared change since the
    epoch before; norms (M, T, n) float32: their Euclidean norm; features (M, n, d) float16: those
    after the last epoch. labels (n,): the given ones. For networks trained with labels also
    probe_el2n (M, n) float32 and probe_epoch, see Dynamics. An array that was not asked for is
    None.
    """

    seeds: np.ndarray
    labels: np.ndarray
    probe_epoch: int | None = None
    changes: np.ndarray | None = None
    norms: np.ndarray | None = None
    features: np.ndarray | None = None
    probe_el2n: np.ndarray | None = None


class InputGradients(NamedTuple):
    """norms (M, T, n) float32: of the loss's gradient with respect to a sample's input, in the
    training steps of each epoch.
    """

    seeds: np.ndarray
    norms: np.ndarray


class LabelGradients(NamedTuple):
    """deviation (M, n) float32: of the gradient of the label's logit with respect to a sample's
    input, after each epoch: each pixel's standard deviation over the epochs, mean over the pixels.
    """

    seeds: np.ndarray
    deviation: np.ndarray


class Depth(NamedTuple):
    """depth (M, n) int16: the number of a network's stages before the first one from which on the
    nearest other samples name the class that the network finally predicts.
    """

    seeds: np.ndarray
    depth: np.ndarray


class Reducible(NamedTuple):
    """loss (M, T, n) float16 of members that train on all samples, see Dynamics; held_out_loss
    (n,): the mean final loss -ln p_y of members that did not train on a sample.
    """

    seeds: np.ndarray
    loss: np.ndarray
    held_out_loss: np.ndarray


class SecondSplit(NamedTuple):
    """correct (P, T, n) bool, of P pairs of members. Both members of a pair train on one half of
    the samples after the other, in opposite orders; a sample's values are from the member that
    began with its half, in a pass after each epoch (see Pass). seeds (P,): the pairs' numbers.
    """

    seeds: np.ndarray
    correct: np.ndarray


class Predictions(NamedTuple):
    """Classes that the members predict on the test set: seeds (M,), predicted (M, n_test)."""

    seeds: np.ndarray
    predicted: np.ndarray


class MeanPredictions(NamedTuple):
    """What an ensemble predicts for n samples: p (n, k), the mean of its members' probabilities;
    entropy (n,), the mean of their entropies, where it was asked for; and the given labels (n,).
    """

    p: np.ndarray
    labels: np.ndarray
    entropy: np.ndarray | None = None

    @property
    def classes(self) -> int:
        return self.p.shape[1]


class Neighbours(NamedTuple):
    """The samples of one part of a data set, and their k nearest neighbours in a space.

    labels (n,); neighbour_labels (n, k), distances (n, k) float32, nearest first;
    centroid_distances (n, classes) float32, from the mean of every class; coordinates (n, k, a)
    float32, the neighbours' coordinates on their own first a principal axes (at most 8), with the
    sample as origin; inputs (n, d) float32, the samples themselves. An array other than labels that
    was not asked for is None. Hashed by identity, so that values computed from a source can be
    cached for it.
    """

    classes: int
    labels: np.ndarray
    neighbour_labels: np.ndarray | None = None
    distances: np.ndarray | None = None
    centroid_distances: np.ndarray | None = None
    coordinates: np.ndarray | None = None
    inputs: np.ndarray | None = None

    def __hash__(self) -> int:
        return id(self)


Source = (
    Dynamics
    | Pass
    | Data
    | MeanPredictions
    | Neighbours
    | Features
    | InputGradients
    | LabelGradients
    | Depth
    | Reducible
    | SecondSplit
)


def load(
    source: str, files: Sequence[Path | str], names: Sequence[str], probe_epoch: int | None = None
) -> Source:
    """Read the named arrays of a source, for the training samples.

    files: the files of all blocks of an ensemble, and for features data.npz behind them; for
    neighbours those of a space, and data.npz; for data only data.npz. probe_epoch: see
    load_dynamics. Raises as load_dynamics.
    """
    if source == "dynamics":
        return load_dynamics(files, names, probe_epoch)
    if source == "neighbours":
        neighbours, data = files
        return load_neighbours(neighbours, datasets.load(data), names)
    if source in ("features", "labelled-features"):
        *blocks, data = files
        return load_features(blocks, datasets.load(data).train_labels, names, probe_epoch)
    if source == "second-split":
        return load_second_split(files)
    if source == "input-gradients":
        return InputGradients(**_joined(files, names))
    if source == "label-gradients":
        return LabelGradients(**_joined(files, names))
    if source == "depth":
        return Depth(**_joined(files, names))
    return load_pass(files, names) if source == "pass" else datasets.load(*files)


def load_features(
    blocks: Sequence[Path | str],
    labels: np.ndarray,
    names: Sequence[str],
    probe_epoch: int | None = None,
) -> Features:
    """Read the named arrays of features.npz of all blocks, and probe_el2n of their dynamics.npz,
    which may be among them. labels: (n,). Raises as load_dynamics.
    """
    dynamics = [block for block in blocks if Path(block).name == "dynamics.npz"]
    own = [name for name in names if name != "probe_el2n"]
    arrays = _joined([block for block in blocks if block not in dynamics], own)
    if "probe_el2n" in names:
        arrays |= _joined(dynamics, ["probe_el2n"], len(arrays["seeds"]))
    return Features(labels=labels, probe_epoch=probe_epoch, **arrays)


def load_neighbours(
    path: Path | str, data: Data, names: Sequence[str], setting: str = "train"
) -> Neighbours:
    """Read the named arrays of neighbours/{space}.npz.

    setting: train, the training samples among each other; part, the test samples among the training
    samples; test, the test samples among each other. Raises as artifacts.load_npz.
    """
    rows, among = spaces.SETTINGS[setting]
    stored = {name: f"{setting}_{name}" for name in names if name != "inputs"}
    if "neighbour_labels" in stored:
        stored["neighbour_labels"] = f"{setting}_indices"
    if "inputs" in names:
        stored["inputs"] = f"{rows}_inputs"
    held = artifacts.load_npz(path, *stored.values()) if stored else {}
    made = {name: held[array] for name, array in stored.items()}
    if "neighbour_labels" in made:
        made["neighbour_labels"] = getattr(data, f"{among}_labels")[made["neighbour_labels"]]
    if "inputs" in made and not len(made["inputs"]):  # the space is the data set's own
        made["inputs"] = spaces.pixels(data).scaled(rows)
    return Neighbours(data.classes, getattr(data, f"{rows}_labels"), **made)


def load_dynamics(
    blocks: Sequence[Path | str], names: Sequence[str], probe_epoch: int | None = None
) -> Dynamics:
    """Read the named arrays of dynamics.npz of all blocks.

    probe_epoch: None for the default for the number of epochs. Raises ValueError if a seed is
    missing or comes twice; as artifacts.load_npz for damaged files.
    """
    arrays = _joined(blocks, names)
    if probe_epoch is None and "el2n" in arrays:
        epochs = arrays["el2n"].shape[1]
        probe_epoch = probing.probe_epoch({"epochs": epochs, "probe_epoch": None})
    return Dynamics(probe_epoch=probe_epoch, **arrays)


def load_pass(blocks: Sequence[Path | str], names: Sequence[str]) -> Pass:
    """Read the named arrays of pass.npz of all blocks. Raises as load_dynamics."""
    return Pass(**_joined(blocks, names))


def load_second_split(blocks: Sequence[Path | str]) -> SecondSplit:
    """Read pass.npz of all blocks of an even number of members. Raises as load_dynamics; ValueError
    too for an odd number.
    """
    arrays = _joined(blocks, ["correct"])
    members, n = len(arrays["seeds"]), arrays["correct"].shape[2]
    if members % 2:
        raise ValueError(
            f"{members} members train on one half of the samples after the other; expected an even "
            "number, because each sample needs a member that begins with its half"
        )
    even, odd = arrays["correct"][::2], arrays["correct"][1::2]
    return SecondSplit(np.arange(members // 2), np.where(first_half(n), even, odd))


def load_predictions(blocks: Sequence[Path | str], members: int | None = None) -> Predictions:
    """Read the predicted classes of test.npz of all blocks.

    Raises as load_dynamics; ValueError too if there are not `members` of them.
    """
    return Predictions(**_joined(blocks, ["predicted"], members))


def member_probabilities(
    blocks: Sequence[Path | str], members: int | None = None
) -> Iterator[np.ndarray]:
    """The probabilities (n, k) float64 of one member after the other, from the logits of all blocks
    (test.npz, predictions.npz): of the first `members`, or of all.

    Raises as load_dynamics; ValueError too if there are fewer members.
    """
    seeds: list[int] = []
    for block in blocks:
        part = artifacts.load_npz(block, "seeds", "logits")
        for seed, logits in zip(part["seeds"].tolist(), part["logits"], strict=True):
            if len(seeds) == members:
                return
            seeds.append(seed)
            check_seeds(np.array(seeds), blocks)
            yield _softmax(logits)
    check_seeds(np.array(seeds), blocks, members)


def mean_predictions(members: Iterable[np.ndarray], labels: np.ndarray) -> MeanPredictions:
    """The mean of members' probabilities, each (n, k), and of their entropies.

    labels: (n,) the given ones. Raises ValueError without members.
    """
    p, entropies, count = np.zeros(()), np.zeros(()), 0
    for own in members:
        p, entropies, count = p + own, entropies + entropy(own), count + 1
    if not count:
        raise ValueError("there are no members: expected the predictions of at least one")
    return MeanPredictions(p / count, labels, entropies / count)


def reducible(blocks: Sequence[Path | str], unseen: np.ndarray, labels: np.ndarray) -> Reducible:
    """The losses in dynamics.npz of all blocks, and those from the probabilities `unseen` (M, n, k)
    of members that did not train on a sample. labels: (n,). Raises as load_dynamics.
    """
    p = unseen[:, np.arange(len(labels)), labels]
    losses = -np.log(np.maximum(p, np.finfo(np.float64).tiny))
    return Reducible(held_out_loss=losses.mean(axis=0), **_joined(blocks, ["loss"]))


def entropy(p: np.ndarray) -> np.ndarray:
    """-sum of p ln p over the last axis, in nats; 0 ln 0 is 0."""
    return -(p * np.log(p, where=p > 0, out=np.zeros_like(p))).sum(axis=-1)


def _softmax(logits: np.ndarray) -> np.ndarray:
    """Of logits (..., k), as float64."""
    logits = logits.astype(np.float64)
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _joined(
    blocks: Sequence[Path | str], names: Sequence[str], members: int | None = None
) -> dict[str, np.ndarray]:
    """The seeds and the named arrays of all blocks, members in the order of their seeds."""
    names = ("seeds", *names)
    parts = [artifacts.load_npz(block, *names) for block in blocks]
    arrays = {name: np.concatenate([part[name] for part in parts]) for name in names}
    check_seeds(arrays["seeds"], blocks, members)
    return arrays


def check_seeds(
    seeds: np.ndarray, blocks: Sequence[Path | str], members: int | None = None
) -> None:
    """Raise ValueError unless the seeds are 0, 1, ..., M-1: a mean over an ensemble must not miss a
    member.

    members: M, where it is known.
    """
    if not np.array_equal(seeds, np.arange(len(seeds) if members is None else members)):
        of_them = "" if members is None else f", {members} of them"
        raise ValueError(
            f"the blocks {', '.join(map(str, blocks))} hold the seeds {seeds.tolist()}; expected "
            f"every seed from 0 on, once{of_them}"
        )
