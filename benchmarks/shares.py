"""Measure how the time of training is divided, and the cost of recording the dynamics.

The parts are timed by wrapping their functions: on a CPU nothing continues after a function
returns. A few epochs are trained and one evaluation is done. The seconds of a whole training on as
many images follow from these: the evaluation (a pass over the training set for EL2N, one over a
test set a fifth as large) happens once, everything else in every epoch.
"""

import itertools
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from unittest.mock import patch

import bench
from bench import CORES, row

PARTS = (
    "loading",
    "augmentation",
    "forward",
    "backward",
    "optimizer",
    "dynamics",
    "evaluation",
    "the rest",
)


class Clock:
    """Seconds by part. While a part calls another one, its clock stops; only evaluation includes
    what it calls.
    """

    def __init__(self):
        # the parts that are running, outermost first
        self.inside, self.since = (
            ["the rest"],
            time.perf_counter(),
        )
        self.seconds = dict.fromkeys(PARTS, 0.0)

    def lap(self) -> None:
        """Add the time since the last lap to the innermost running part."""
        now = time.perf_counter()
        self.seconds[self.inside[-1]] += now - self.since
        self.since = now

    def take(self) -> dict[str, float]:
        """Return the seconds since the last call, and reset them."""
        self.lap()
        taken, self.seconds = self.seconds, dict.fromkeys(PARTS, 0.0)
        return taken

    def timed(self, part: str, function: Callable) -> Callable:
        def wrapped(*arguments, **options):
            self.lap()
            self.inside.append("evaluation" if self.inside[-1] == "evaluation" else part)
            try:
                return function(*arguments, **options)
            finally:
                self.lap()
                self.inside.pop()

        return wrapped


def shares(name: str, recipe: dict, data, epochs: int, repeats: int) -> list[dict]:
    """Return a row per part, in seconds of a whole training and as a share of it."""
    import torch

    block, clock = bench.start(data, recipe | {"epochs": epochs}), Clock()
    found = []
    with ExitStack() as stack:
        for part, owner, function in (
            ("loading", block, "draw"),
            ("augmentation", block.view, "batch"),
            ("forward", block.network, "forward"),
            ("backward", torch.autograd, "backward"),
            ("optimizer", block.optimizer, "step"),
            ("dynamics", block, "finish_epoch"),
            ("evaluation", block, "evaluate"),
        ):
            stack.enter_context(
                patch.object(owner, function, clock.timed(part, getattr(owner, function)))
            )
        for repeat in range(1 + repeats):
            clock.take()
            train(block, epochs)
            every_epoch = clock.take()
            for count in (block.n, block.n // 5):  # the probe, and a test set
                block.evaluate(block.view, torch.arange(count), block.logits)
            once = clock.take()["evaluation"]
            if repeat:  # the first one warms up
                times = recipe["epochs"] / epochs
                found.append(
                    {part: times * value for part, value in every_epoch.items()}
                    | {"evaluation": once}
                )
    whole = [sum(one.values()) for one in found]
    what = f"{bench.described(name, recipe)}, {block.n:,} images, {recipe['epochs']} epochs"
    return [
        row(f"{what}: {part}", "s", [one[part] for one in found], whole, "share") for part in PARTS
    ]


def recording(name: str, recipe: dict, data, epochs: int, repeats: int) -> dict:
    """Compare epochs with dynamics computed and recorded with the same steps alone. Neither
    includes EL2N's probe.
    """
    blocks = {how: bench.start(data, recipe, record=how == "with") for how in ("without", "with")}
    # it would compute the dynamics for the check of the loss
    blocks["without"].finish_epoch = lambda *drawn: None
    for block in blocks.values():
        train(block, 1)
    sides = {how: partial(train, block, epochs) for how, block in blocks.items()}
    found = bench.seconds(f"{name}, dynamics", sides, repeats)
    what = f"{bench.described(name, recipe)}: with dynamics, against without"
    return row(what, "s", found["with"], found["without"], "times as long", "at most 1.05x")


def train(block, epochs: int) -> None:
    for _ in itertools.islice(bench.epochs(block), epochs):
        pass


def measure(repeats: int, quick: bool) -> list[dict]:
    recipes = bench.recipes()
    digits, lenet, resnet = (
        recipes["digits-cnn"],
        recipes["lenet-cifar"],
        recipes["resnet18"] | {"threads": CORES},
    )
    sizes = (32, 32, 32) if quick else (1437, 2048, 256)
    small, medium, large = map(bench.random_data, sizes, ((8, 8, 1), (32, 32, 3), (32, 32, 3)))
    return [
        *shares("digits-cnn", digits, small, 5, repeats),
        *shares("lenet-cifar", lenet, medium, 1, repeats),
        *shares("resnet18", resnet, large, 1, repeats),
        recording("digits-cnn", digits, small, digits["epochs"], repeats),
        recording("resnet18", resnet, large, 2, repeats),
    ]


if __name__ == "__main__":
    bench.run(__file__, measure)
