"""What a pass costs: one over as many rows as an epoch trains, as a share of the epoch.

So also a row of a pass as a share of a trained row. The epoch is trained and recorded as in a job;
the pass is in eval mode, with its sums and what it writes down.
"""

import itertools
import math
from collections.abc import Callable, Sequence

import bench


def measure(repeats: int, quick: bool) -> list[dict]:
    recipes, rows = bench.recipes(), []
    for name, n, shape in (
        ("parity-slow", 13_000, (28, 28, 1)),
        ("lenet-lt", 2_048, (32, 32, 3)),
        ("resnet9-lt", 1_024, (32, 32, 3)),
    ):
        recipe = recipes[name] | {"epochs": 2, "probe_epoch": 1}
        data = bench.random_data(100 if quick else n, shape)
        trained, passed = sides(bench.start(data, recipe))
        trained(), passed()  # what is done once only
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
    """A row's multiply-adds in a pass over those of a trained row, in a perceptron: training also
    multiplies for the gradients of the weights, and of all layers' inputs but the first one's.
    """
    layers = [a * b for a, b in itertools.pairwise(widths)]
    return sum(layers) / (3 * sum(layers) - layers[0])


def sides(block) -> tuple[Callable[[], None], Callable[[], None]]:
    """One epoch of a started block, and one pass over its rows."""

    def trained() -> None:
        next(bench.epochs(block))

    def passed() -> None:
        block.observers["pass"].passes.fill(1)
        block.between_epochs(2)

    return trained, passed


if __name__ == "__main__":
    bench.run(__file__, measure)
