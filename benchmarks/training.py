"""Measure training throughput, with dynamics recorded, against the usual loop (reference.py).

Each side is one or more processes: they start, train an epoch that does not count, and then take
turns of a few epochs, so that all sides stay warm and no two run at once. A side's samples/s are
those of all its members, from the start of a turn until its last process is done. Images are
random. Not included on both sides: start-up, the probe of EL2N, the test set, writing of files;
shares.py, preparation.py and resume.py measure these.
"""

import contextlib
import sys
import time
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import bench
from bench import CORES, row


class Setting(NamedTuple):
    """A recipe, n training images of a shape, and the epochs of a turn, for our side and for the
    reference, so that turns take about equally long.
    """

    recipe: str
    shape: tuple[int, int, int]
    n: int
    epochs: int
    reference_epochs: int
    aim: str = ""


DIGITS = Setting("digits-cnn", (8, 8, 1), 1437, 15, 6, "at least 40x")
LENET = Setting("lenet", (28, 28, 1), 2048, 2, 3, "at least 10x")
LENET_CIFAR = Setting("lenet-cifar", (32, 32, 3), 2048, 1, 2)
RESNET = Setting("resnet18", (32, 32, 3), 256, 1, 1, "at least 2x (3x where the processor has AMX)")
PRODUCT = 512  # rows and columns of the matrices whose product measures a core's rate


class Side:
    """Processes that each train one block, at the same time, when it is their turn; or one process
    with the reference loop.

    scores: whether the reference loop keeps scores, or None for a block of ours; flop: if given,
    multiply bfloat16 matrices instead of training, with so many operations per sample.
    """

    def __init__(
        self,
        setting: Setting,
        turns: int,
        recipe: dict,
        processes: int = 1,
        scores: bool | None = None,
        flop: float | None = None,
    ):
        ours = scores is None
        epochs = setting.epochs if ours else setting.reference_epochs
        job = {
            "recipe": recipe | {"epochs": 1 + turns * epochs},
            "shape": setting.shape,
            "n": setting.n,
            "epochs": epochs,
            "scores": scores,
            "flop": flop,
        }
        self.samples = epochs * setting.n * processes * (recipe["members_per_job"] if ours else 1)
        self.processes = [
            bench.spawn("training.work", job, like_a_job=ours) for _ in range(processes)
        ]
        self.wait_for("ready")

    def turn(self) -> float:
        """Train the epochs of a turn. Returns samples/s."""
        began = time.perf_counter()
        for process in self.processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        self.wait_for("done")
        return self.samples / (time.perf_counter() - began)

    def wait_for(self, word: str) -> None:
        for process in self.processes:
            if process.stdout.readline() != f"{word}\n":
                raise RuntimeError("a process that trains has ended: see its message above")

    def close(self) -> None:
        for process in self.processes:
            process.communicate()  # it ends with its input


def work(job: dict) -> None:
    """Run a side's process: train the epochs of a turn for each line of its input."""
    data = bench.random_data(job["n"], job["shape"])
    if job["flop"]:
        epochs = products(job["flop"] * job["n"])
    elif job["scores"] is None:
        epochs = bench.epochs(bench.start(data, job["recipe"]))
    else:
        import reference

        epochs = reference.train(data, job["recipe"], job["scores"])
    next(epochs)
    print("ready", flush=True)
    for _ in sys.stdin:
        for _ in range(job["epochs"]):
            next(epochs)
        print("done", flush=True)


def products(flop: float) -> Iterator[None]:
    """Multiply bfloat16 matrices on one thread; yields after every `flop` operations."""
    import torch

    torch.set_num_threads(1)
    a, b = (torch.randn(PRODUCT, PRODUCT, dtype=torch.bfloat16) for _ in range(2))
    while True:
        for _ in range(round(flop / (2 * PRODUCT**3))):
            torch.mm(a, b)
        yield


def race(
    setting: Setting, repeats: int, sides: dict[str, dict], compared: list[tuple]
) -> list[dict]:
    """Let the sides take turns. sides: name -> further arguments of `Side`; compared: for each row
    its description, our side, the reference, and the aim.
    """
    with contextlib.ExitStack() as stack:
        turns = {}
        for name, options in sides.items():
            side = Side(setting, repeats, **options)
            stack.callback(side.close)
            turns[name] = side.turn
        found = bench.alternate(f"{setting.recipe}, samples/s", turns, repeats)
    return [
        row(what, "samples/s", found[a], found[b], "times as fast", aim)
        for what, a, b, aim in compared
    ]


def small(setting: Setting, recipe: dict, repeats: int) -> list[dict]:
    """Compare grouped blocks, one per core, with the reference, and with one block on all cores."""
    sides = {
        "reference": {"recipe": recipe, "scores": True},
        "blocks": {"recipe": recipe, "processes": CORES},
        "reference without scores": {"recipe": recipe, "scores": False},
        "one block": {"recipe": recipe | {"threads": CORES}},
    }
    what = f"{CORES} at once: {bench.described(setting.recipe, recipe)}"
    compared = [
        (what, "blocks", "reference", setting.aim),
        (f"{what}; reference keeps no scores", "blocks", "reference without scores", ""),
        (f"{what}; reference: one block with {CORES} threads", "blocks", "one block", ""),
    ]
    return race(setting, repeats, sides, compared)


def along(
    setting: Setting, recipe: dict, repeats: int, key: str, word: str, values: tuple[int, ...]
) -> list[dict]:
    """Compare blocks that differ in one key of the recipe, one at a time on one core; the first is
    the reference.
    """
    recipes = {str(value): recipe | {key: value} for value in values}
    first, *others = recipes
    compared = [
        (
            f"{bench.described(setting.recipe, recipes[value])}; reference: {word} {first}",
            value,
            first,
            "",
        )
        for value in others
    ]
    return race(
        setting, repeats, {value: {"recipe": one} for value, one in recipes.items()}, compared
    )


def large(setting: Setting, recipe: dict, repeats: int) -> list[dict]:
    """Compare one network on all cores, in float32 and in bfloat16, with the reference."""
    recipe = recipe | {"threads": CORES}
    sides = {
        "reference": {"recipe": recipe, "scores": True},
        "float32": {"recipe": recipe | {"precision": "float32"}},
        "bfloat16": {"recipe": recipe | {"precision": "bfloat16"}},
        "reference without scores": {"recipe": recipe, "scores": False},
    }
    what = bench.described(setting.recipe, recipe)
    compared = [
        (f"{what}, bfloat16; reference in float32", "bfloat16", "reference", setting.aim),
        (f"{what}, float32", "float32", "reference", ""),
        (f"{what}, float32; reference keeps no scores", "float32", "reference without scores", ""),
    ]
    return race(setting, repeats, sides, compared)


def measure(repeats: int, quick: bool) -> list[dict]:
    by_members = partial(along, key="members_per_job", word="block of", values=(1, 2, 4, 8))
    by_batch = partial(along, key="batch_size", word="batch", values=(16, 32, 64, 128))
    recipes, rows = bench.recipes(), []
    for measured, setting in (
        (small, DIGITS),
        (small, LENET),
        (small, LENET_CIFAR),
        (large, RESNET),
        (by_members, DIGITS._replace(epochs=5)),
        (by_members, LENET._replace(epochs=1)),
        (by_batch, DIGITS._replace(epochs=5)),
        (by_batch, LENET._replace(epochs=1)),
    ):
        if quick:
            setting = setting._replace(n=32, epochs=1, reference_epochs=1)
        rows += measured(setting, recipes[setting.recipe], repeats)
    return rows


if __name__ == "__main__":
    bench.run(__file__, measure)
