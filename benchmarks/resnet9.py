"""Measure resnet9's training in bfloat16, one network per core, against the usual loop (in float32,
reference.py), and against the cores' rate in bfloat16: matrix products with as many operations.
As in training.py, the sides take turns, and images are random.
"""

import bench
import training
from bench import CORES

RESNET9 = training.Setting("resnet9-cifar", (32, 32, 3), 2048, 1, 1)
FLOP = 3 * 2 * 24.0e6  # of a training step, per sample: forward, and twice as many backward


def measure(repeats: int, quick: bool) -> list[dict]:
    setting, recipe = RESNET9, bench.recipes()[RESNET9.recipe]
    if quick:
        setting = setting._replace(n=128)
    product = f"products of {training.PRODUCT} x {training.PRODUCT} in bfloat16, one a core"
    sides = {
        "reference": {"recipe": recipe, "scores": True},
        "blocks": {"recipe": recipe, "processes": CORES},
        product: {"recipe": recipe, "processes": CORES, "flop": FLOP},
    }
    what = f"{CORES} at once: {bench.described(setting.recipe, recipe)}, bfloat16; reference"
    compared = [
        (f"{what} in float32", "blocks", "reference", ""),
        (f"{what}: {product}", "blocks", product, ""),
    ]
    return training.race(setting, repeats, sides, compared)


if __name__ == "__main__":
    bench.run(__file__, measure)
