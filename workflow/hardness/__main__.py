"""Train blocks of members into a store, without Snakemake.

    PYTHONPATH=workflow python -m hardness --data data.npz --set full.npz --recipe recipe.json
    --members 8 --record
    --store store

trains seeds 0..7. Any later run that needs the same block finds it in the store by its key. This
command line has a file of its own, because loop.py's code is part of every key.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from hardness.data import datasets
from hardness.training import devices, loop, parts
from hardness.training.store import Block

RECIPE = (
    "model", "head", "objective", "sampler", "observe", "epochs", "batch_size", "optimizer",
    "schedule", "augment", "precision", "device", "probe_epoch", "members_per_job", "threads",
)  # fmt: skip


def _recipe_in(file: str) -> dict:
    """Read a complete recipe from a json file: the recipe itself, or the description beside a
    training job's log, which holds it in params.recipe. Raises ArgumentTypeError if it is no json,
    or a key of the recipe is missing.
    """
    try:
        content = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{file} cannot be read as json: {error}") from error
    params = content.get("params") if isinstance(content, dict) else None
    found = params.get("recipe") if isinstance(params, dict) else content
    recipe = found if isinstance(found, dict) else {}
    if missing := [key for key in RECIPE if key not in recipe]:
        raise argparse.ArgumentTypeError(
            f"{file} lacks {', '.join(missing)}; expected a complete recipe: take the json beside "
            "a training job's log"
        )
    return recipe


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hardness", description="Train blocks of members into a store."
    )
    parser.add_argument("--data", type=Path, required=True, help="data.npz of the data set")
    parser.add_argument("--set", type=Path, required=True, help="npz of the training set")
    parser.add_argument(
        "--recipe",
        type=_recipe_in,
        required=True,
        help="json: a complete recipe, or the json beside a training job's log (its params.recipe)",
    )
    parser.add_argument("--store", type=Path, required=True, help="folder of the store")
    parser.add_argument(
        "--members",
        type=int,
        required=True,
        help="how many members to train (seeds 0, 1, ...), in blocks of members_per_job",
    )
    parser.add_argument(
        "--record", action="store_true", help="keep what the recipe observes, and the weights"
    )
    return parser


def main() -> None:
    parser = _options()
    options = parser.parse_args()
    recipe, data, draws = (
        options.recipe,
        datasets.load(options.data),
        datasets.load_set(options.set),
    )
    if options.record and not np.array_equal(draws.source, [np.arange(len(data.train_labels))]):
        parser.error(
            f"--record needs the full set, with each row once and in order; {options.set} is not"
        )
    size = recipe["members_per_job"]
    for first in range(0, options.members, size):
        seeds = list(range(first, min(first + size, options.members)))
        observe = parts.observers(recipe) if options.record else ()
        block = Block(data, draws, recipe, seeds, observe, f"{options.data}, {options.set}")
        print(loop.train(block, options.store, devices.choose(recipe)))


if __name__ == "__main__":
    main()
