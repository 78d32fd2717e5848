"""Measure how many of the flipped labels are in the first tenth of the review list.

    PYTHONPATH=workflow .venv/bin/python benchmarks/label_errors.py STORE [--data-dir data]
        [--recipe own-images] [--subset four-unlike-480 ...] [--seeds 5]

In subsets of CIFAR-100, 6% of the labels are flipped, each to another class at random, and the
study of a user's own images is done: an ensemble on all images for AUM, and five folds for
out-of-fold predictions. A seed draws images and flips. STORE is a folder that keeps the training,
so that the same command continues where it was stopped. Each run is added to label_errors.json
beside this file; then the table of all runs is printed.
"""

import argparse
import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

import bench
from hardness.analysis import held_out, review
from hardness.data import datasets
from hardness.data.datasets import Data
from hardness.scoring.ranks import ranks
from hardness.sets import folds

FLIPPED, FOLDS = 0.06, 5
# for AUM fewer than the 10 of a user's own data set, to save time
MEMBERS = {"full": 4, "folds": 2 * FOLDS}
APART = 0.75  # out-of-fold accuracy from which a network can tell the classes apart
RESULTS = bench.HERE / "label_errors.json"
WAYS = ("aum", "out of fold", "mean", "random")
UNLIKE = ("apple", "bus", "rocket", "wolf")
TREES = ("maple_tree", "oak_tree", "palm_tree", "pine_tree")
TEN = (  # the alphabetically first class of every other one of the twenty superclasses
    "apple", "baby", "beaver", "bear", "bed", "bicycle", "cloud", "fox", "hamster", "orchid",
)  # fmt: skip
SUBSETS = {
    "four-unlike-480": (UNLIKE, 120),
    "four-trees-480": (TREES, 120),
    "four-unlike-2000": (UNLIKE, 500),
    "ten-1000": (TEN, 100),
    "ten-2000": (TEN, 200),
}


class Trained(NamedTuple):
    """aum: (n,), mean over members; unseen: predictions of members that did not train on a
    sample.
    """

    aum: np.ndarray
    unseen: held_out.HeldOut


def subset(cifar: Data, names: tuple[str, ...], each: int, seed: int) -> Data:
    """Return a subset with `each` training images of each class, with flipped labels."""
    rng = np.random.default_rng(seed)
    numbers = [list(cifar.class_names).index(name) for name in names]
    parts = []
    for inputs, labels, count in (
        (cifar.train_inputs, cifar.train_labels, each),
        (cifar.test_inputs, cifar.test_labels, each // 4),
    ):
        rows = [rng.permutation(np.flatnonzero(labels == number))[:count] for number in numbers]
        parts.append((inputs[np.concatenate(rows)], np.repeat(np.arange(len(names)), count)))
    (inputs, true), (tests, answers) = parts
    flipped = rng.permutation(len(true))[: round(FLIPPED * len(true))]
    labels = true.copy()
    labels[flipped] += rng.integers(1, len(names), len(flipped))
    data = datasets.checked(inputs, labels % len(names), tests, answers, names)
    return data._replace(true_labels=true)


def train(data: Data, recipe: dict, store: Path) -> Trained:
    """Train both ensembles, or find them in the store."""
    draws = folds.training_sets(data.train_inputs, data.train_labels, FOLDS, data.class_names)
    full = datasets.full(data.train_labels, data.train_inputs.shape[1:])
    recorded = list(blocks(data, full, recipe, MEMBERS["full"], "dynamics", store))
    aum = np.concatenate([np.load(file)["aum"] for file in recorded]).mean(axis=0)
    predicted = list(blocks(data, draws, recipe, MEMBERS["folds"], "predictions", store))
    unseen = held_out.of_training(predicted, draws.source, data.train_labels, data.files)
    return Trained(aum, unseen)


def blocks(
    data: Data,
    draws: datasets.TrainingSet,
    recipe: dict,
    members: int,
    observer: str,
    store: Path,
) -> Iterator[Path]:
    """Yield the file of an observer, for each block."""
    from hardness.training import devices, loop
    from hardness.training.store import Block

    size = recipe["members_per_job"]
    for first in range(0, members, size):
        seeds = list(range(first, min(first + size, members)))
        block = Block(data, draws, recipe, seeds, (observer,), "label errors")
        with contextlib.redirect_stdout(io.StringIO()):
            entry = loop.train(block, store, devices.choose(recipe))
        yield entry / f"{observer}.npz"


def judge(data: Data, trained: Trained, seed: int) -> dict:
    """Return the share of the flips in the first tenth, for each way of ordering the samples."""
    flipped = data.train_labels != data.true_labels
    n, unseen = len(flipped), trained.unseen
    aum = ranks(np.argsort(-trained.aum, kind="stable"))
    order = review.ordered(unseen.self_confidence, aum)
    places = {
        "aum": aum,
        "out of fold": order.out_of_fold,
        "mean": order.suspicion * n,
        "random": np.random.default_rng(seed).permutation(n) + 1,
    }
    return {
        "accuracy": round(float((unseen.suggested == data.train_labels).mean()), 4),
        "flipped": int(flipped.sum()),
        "recall": {
            way: round(float((places[way][flipped] <= review.tenth(n) + 1e-9).mean()), 4)
            for way in WAYS
        },
    }


# The results


def kept() -> dict[str, dict]:
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}


def keep(runs: dict[str, dict]) -> None:
    RESULTS.write_text(json.dumps(runs, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def table(runs: dict[str, dict]) -> str:
    """Return the means over seeds, in Markdown. runs: "recipe, subset, seed" -> from `judge`."""
    lines = [
        f"| recipe | subset | seeds | accuracy out of fold | {' | '.join(WAYS)} |",
        f"|---|---|---|---|{'---|' * len(WAYS)}",
    ]
    groups: dict[str, list[dict]] = {}
    for name, run in sorted(runs.items()):
        groups.setdefault(name.rpartition(", ")[0], []).append(run)
    for name, found in groups.items():
        recipe, which = name.split(", ")
        accuracy = f"{np.mean([run['accuracy'] for run in found]):.2f}"
        cells = []
        for way in WAYS:
            values = [run["recall"][way] for run in found]
            cells.append(f"{np.mean(values):.2f} ({min(values):.2f} to {max(values):.2f})")
        lines.append(f"| {' | '.join([recipe, which, str(len(found)), accuracy, *cells])} |")
    apart = [run["recall"] for run in runs.values() if run["accuracy"] > APART]
    if apart:
        means = ", ".join(f"{way} {np.mean([one[way] for one in apart]):.3f}" for way in WAYS)
        lines.append(f"\nRuns with an accuracy above {APART}: {len(apart)}. Mean recall: {means}.")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--data-dir", type=Path, default=bench.ROOT / "data")
    parser.add_argument("--recipe", default="own-images")
    parser.add_argument("--subset", nargs="+", choices=SUBSETS, default=list(SUBSETS))
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    recipe = bench.recipes()[options.recipe]
    cifar = datasets.read({"kind": "cifar100"}, options.data_dir)
    for which in options.subset:
        for seed in range(options.seeds):
            data = subset(cifar, *SUBSETS[which], seed)
            run = judge(data, train(data, recipe, options.store), seed)
            print(f"{options.recipe}, {which}, {seed}: {run}", flush=True)
            keep(kept() | {f"{options.recipe}, {which}, {seed}": run})
    print(table(kept()))


if __name__ == "__main__":
    main()
