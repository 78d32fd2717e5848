"""Measure the cost of a pass over as many rows as an epoch trains, as a share of the epoch.

This is also the cost of a row in a pass as a share of a trained row. The epoch is trained and
recorded as in a job; the pass is in eval mode, with its sums and its recording.
"""

import itertools
import math
from collections.abc import Callable, Sequence

import bench


def measure(repeats: int, quick: bool) -> list[dict]:
    recipes, rows = bench.recipes(), []
    for name, n, shape, classes in (
        ("parity-slow", 13_000, (28, 28, 1), 2),
        ("lenet-lt", 2_048, (32, 32, 3), 10),
        ("resnet9-lt", 1_024, (32, 32, 3), 10),
    ):
        recipe = recipes[name] | {"epochs": 2, "probe_epoch": 1}
        data = bench.random_data(100 if quick else n, shape, classes=classes)
        trained, passed = sides(bench.start(data, recipe))
        trained(), passed()  # for what is done only once
        found = bench.seconds(name, {"a pass": passed, "an epoch": trained}, repeats)
        what = f"{bench.described(name, recipe)}, {len(data.train_labels):,} images: a pass"
        share = found["a pass"], found["an epoch"]
        aim = "at most 45%"
        if recipe["model"]["name"] == "mlp":
            least = floor([math.prod(shape), *recipe["model"]["widths"], data.classes])
            aim += f"; {least:.1%} by multiply-adds"
        rows.append(bench.row(what, "s", *share, "share", aim))
    return rows


def floor(widths: Sequence[int]) -> float:
    """Return the multiply-adds of a row in a pass divided by those of a trained row, in a
    perceptron: training also multiplies for the gradients of the weights, and of the inputs of all
    layers except the first.
    """
    layers = [a * b for a, b in itertools.pairwise(widths)]
    return sum(layers) / (3 * sum(layers) - layers[0])


def sides(block) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return functions that train one epoch of a started block, and do one pass over its rows."""

    def trained() -> None:
        next(bench.epochs(block))

    def passed() -> None:
        block.observers["pass"].passes.fill(1)
        block.between_epochs(2)

    return trained, passed


if __name__ == "__main__":
    bench.run(__file__, measure)
