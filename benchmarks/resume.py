"""Measure the cost of the resume state: one write near the end of training, as a share of the time
between two writes.

It is written to the folder for temporary files (TMPDIR), and flushed to its disk.
"""

import tempfile
from pathlib import Path

import bench


def measure(repeats: int, quick: bool) -> list[dict]:
    from hardness.training import loop

    recipes, rows = bench.recipes(), []
    for name, n, shape in (
        ("digits-cnn", 1437, (8, 8, 1)),
        ("lenet-cifar", 50_000, (32, 32, 3)),
        ("resnet18", 50_000, (32, 32, 3)),
    ):
        with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
            data = bench.random_data(100 if quick else n, shape)
            block = bench.start(data, recipes[name], entry=Path(folder))
            block.step = block.epochs * block.steps - 1
            bench.fill(block)
            block.save_state()
            found = bench.seconds(name, {"one write": block.save_state}, repeats)
        size = f"{block.n:,} images, {block.epochs} epochs"
        what = f"{bench.described(name, recipes[name])}, {size}: resume state"
        every = [loop.SAVE_EVERY] * repeats
        rows.append(bench.row(what, "s", found["one write"], every, "share", "at most 2%"))
    return rows


if __name__ == "__main__":
    bench.run(__file__, measure)
