"""What a pass costs: one over as many rows as an epoch trains, as a share of the epoch.

So also a row of a pass as a share of a trained row. The epoch is trained and recorded as in a job;
the pass is in eval mode, with its sums and what it writes down.
"""

from collections.abc import Callable

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
        rows.append(bench.row(what, "s", *share, "share", "at most 45%"))
    return rows


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
