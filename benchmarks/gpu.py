"""Train a network of CIFAR-10 on a GPU: how long a member takes, alone and with others, and how far
that is from the card's peak. This needs a machine with a GPU, torch and torchvision, but not the
rest of the environment:

    PYTHONPATH=workflow python3 benchmarks/gpu.py --data-dir data [--model resnet9] [--epochs 1]
        [--accuracy] [--quick]

--data-dir: the folder of CIFAR-10's files. --model: resnet18 (the paper's recipe) or resnet9.
--epochs: of each measurement, after one that does not count. --accuracy also trains 4 members of
the model's short recipe (resnet18-quick, resnet9-cifar) in bfloat16 and, step by step, in float32,
and compares them. Prints tables, and as its last line the json. --quick tries the program, on a CPU
if there is no GPU. A step is captured as a CUDA graph, as in a job; "step by step" launches its
kernels one by one.
"""

import argparse
import contextlib
import json
import multiprocessing
import platform
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
import torch

import bench
from hardness.core import artifacts
from hardness.data import datasets
from hardness.training import loop, store

PAPER = {  # resnet18 of config.yaml with its defaults
    "model": {"name": "resnet18"},
    "head": {"name": "linear"},
    "objective": {"name": "cross-entropy"},
    "sampler": {"name": "permutation"},
    "observe": "dynamics",
    "epochs": 200,
    "batch_size": 128,
    "optimizer": {
        "name": "sgd",
        "lr": 0.1,
        "momentum": 0.9,
        "nesterov": True,
        "weight_decay": 0.0005,
    },
    "schedule": {"name": "steps", "at": [0.3, 0.6, 0.8], "factor": 0.2},
    "augment": {"shift": 4, "flip": True, "pad": "black"},
    "precision": "float32",
    "device": "gpu",
    "probe_epoch": None,
    "members_per_job": 1,
    "threads": 1,
}
QUICK = PAPER | {"epochs": 30, "schedule": {"name": "one-cycle", "warmup": 0.2}}
NINE = QUICK | {  # resnet9-cifar
    "model": {"name": "resnet9", "width": 16},
    "head": {"name": "linear", "bias": False, "scale": 0.125},
    "epochs": 15,
    "optimizer": QUICK["optimizer"] | {"lr": 0.4},
    "precision": "bfloat16",
    "device": "any",
}


class Measured(NamedTuple):
    """A recipe whose epochs are timed; `short`, one that is trained to its end; and gflop, the
    operations (in 1e9) of a training step per 32x32 image: two per multiply-add, for the forward
    pass and the backward pass, which takes twice as many.
    """

    recipe: dict
    short: dict
    gflop: float


MODELS = {
    "resnet18": Measured(PAPER, QUICK, 3 * 2 * 0.5559),
    "resnet9": Measured(NINE, NINE, 3 * 2 * 0.0240),
}


def device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def synchronize() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def per_second(function, repeats: int) -> float:
    """Return calls per second, after one that does not count."""
    function()
    synchronize()
    began = time.perf_counter()
    for _ in range(repeats):
        function()
    synchronize()
    return repeats / (time.perf_counter() - began)


def ceilings(size: int) -> dict[str, float]:
    """Return the card's rates on random data: bfloat16 products of size x size matrices (TFLOP/s),
    and copies (GB/s, read and written).
    """
    a, b = (torch.randn(size, size, device=device(), dtype=torch.bfloat16) for _ in range(2))
    source = torch.randint(0, 256, (16 * size * size,), device=device(), dtype=torch.uint8)
    target = torch.empty_like(source)
    return {
        "bfloat16 product, TFLOP/s": per_second(lambda: torch.mm(a, b), 20) * 2 * size**3 / 1e12,
        "copy, GB/s": per_second(lambda: target.copy_(source), 20) * 2 * source.numel() / 1e9,
    }


def step_by_step(function, inputs, state):
    """Replace loop.Graph, so that nothing is captured."""
    return function


def epoch_seconds(
    data: datasets.Data,
    recipe: dict,
    precision: str,
    captured: bool,
    epochs: int,
    ready=None,
    members: int = 1,
) -> float:
    """Return the seconds per epoch of a block of a recipe, with dynamics recorded, after a first
    epoch that does not count. ready: a barrier to wait for after that one.
    """
    recipe = recipe | {"precision": precision, "epochs": 1 + epochs, "members_per_job": members}
    with contextlib.nullcontext() if captured else patch.object(loop, "Graph", step_by_step):
        trained = bench.epochs(bench.start(data, recipe, device=device().type))
        next(trained)
        synchronize()
        if ready:
            ready.wait()
        began = time.perf_counter()
        for _ in range(epochs):
            next(trained)
        synchronize()
    return (time.perf_counter() - began) / epochs


def together(data: datasets.Data, recipe: dict, processes: int, epochs: int) -> float:
    """Return the seconds per epoch, of the slowest, if `processes` members train at the same time
    on one GPU, each in its own process.
    """
    context = multiprocessing.get_context("spawn")
    ready, results = context.Barrier(processes), context.Queue()
    arguments = (data, recipe, "bfloat16", True, epochs, ready, results)
    children = [context.Process(target=_child, args=arguments) for _ in range(processes)]
    for child in children:
        child.start()
    slowest = max(results.get() for _ in children)
    for child in children:
        child.join()
    return slowest


def _child(*arguments) -> None:
    *arguments, results = arguments
    results.put(epoch_seconds(*arguments))


def where_time_goes(data: datasets.Data, recipe: dict, steps: int) -> str:
    """Return a table of the kernels of some steps in bfloat16, the most expensive first."""
    block = bench.start(data, recipe | {"precision": "bfloat16"}, device=device().type)
    drawn = block.draw(0)
    block.train_step(0, drawn)
    with torch.profiler.profile() as profile:
        for number in range(1, 1 + steps):
            block.train_step(number, drawn)
        synchronize()
    order = "self_cuda_time_total" if torch.cuda.is_available() else "self_cpu_time_total"
    return profile.key_averages().table(sort_by=order, row_limit=20, max_name_column_width=90)


def accuracy(data: datasets.Data, recipe: dict, seeds: list[int]) -> dict[str, float]:
    """Compare bfloat16, captured, with float32, step by step, on the same seeds: test accuracies,
    and the rank correlation of AUM.
    """
    found, aum = {}, {}
    full = datasets.full(data.train_labels, data.train_inputs.shape[1:])
    for precision, captured in (("float32", False), ("bfloat16", True)):
        accuracies, scores = [], []
        for seed in seeds:
            block = store.Block(
                data, full, recipe | {"precision": precision}, [seed], ("dynamics",), "benchmark"
            )
            with (
                tempfile.TemporaryDirectory() as folder,
                contextlib.nullcontext() if captured else patch.object(loop, "Graph", step_by_step),
            ):
                entry = loop.train(block, Path(folder), device())
                predicted = artifacts.load_npz(entry / "test.npz", "predicted")["predicted"]
                scores.append(artifacts.load_npz(entry / "dynamics.npz", "aum")["aum"][0])
            accuracies.append(100 * np.mean(predicted[0] == data.test_labels))
        found[f"accuracy, {precision}, mean of {len(seeds)}, %"] = float(np.mean(accuracies))
        aum[precision] = np.mean(scores, axis=0)
    ranks = [np.argsort(np.argsort(values)) for values in aum.values()]
    return found | {"Spearman of the ensembles' AUM": float(np.corrcoef(*ranks)[0, 1])}


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--model", choices=MODELS, default="resnet18")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--accuracy", action="store_true")
    parser.add_argument(
        "--quick", action="store_true", help="256 images, one epoch, small products"
    )
    return parser.parse_args()


def first(data: datasets.Data, images: int) -> datasets.Data:
    return data._replace(
        train_inputs=data.train_inputs[:images], train_labels=data.train_labels[:images],
        test_inputs=data.test_inputs[:images], test_labels=data.test_labels[:images],
    )  # fmt: skip


def speeds(data: datasets.Data, measured: Measured, epochs: int, ceiling: float) -> dict:
    """Measure and print the rates of one member and of several. ceiling: the card's TFLOP/s."""
    images, recipe, rates = len(data.train_inputs), measured.recipe, {}

    def note(what: str, seconds: float, members: int = 1) -> None:
        member = recipe["epochs"] * seconds / members
        rate = members * images / seconds
        tflops = rate * measured.gflop / 1e3
        rates[what] = {"s a member": member, "samples/s": rate, "TFLOP/s": tflops}
        print(
            f"{what}: {member:.1f} s a member, {rate:,.0f} samples/s, "
            f"{100 * tflops / ceiling:.1f}% of the product's rate",
            flush=True,
        )

    for precision in ("bfloat16", "float32"):
        for captured in (True, False):
            how = "captured" if captured else "step by step"
            seconds = epoch_seconds(data, recipe, precision, captured, epochs)
            note(f"one member, {precision}, {how}", seconds)
    grouped = epoch_seconds(data, recipe, "bfloat16", True, epochs, members=2)
    note("2 members grouped in one network, bfloat16", grouped, 2)
    for processes in (2, 4):
        seconds = together(data, recipe, processes, epochs)
        note(f"{processes} members at once, bfloat16", seconds, processes)
    return rates


def main() -> None:
    chosen = options()
    data = datasets.read({"kind": "cifar10"}, chosen.data_dir)
    measured, seeds, epochs, size = MODELS[chosen.model], [0, 1, 2, 3], chosen.epochs, 8192
    if chosen.quick:
        data, seeds, epochs, size = first(data, 256), [0], 1, 512
        measured = measured._replace(short=measured.short | {"epochs": 1})
    machine = torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"
    found = {"machine": machine, "model": chosen.model, "torch": torch.__version__}
    found |= {"python": platform.python_version()} | ceilings(size)
    print(json.dumps(found), flush=True)
    found |= speeds(data, measured, epochs, found["bfloat16 product, TFLOP/s"])
    print(where_time_goes(data, measured.recipe, 1 if chosen.quick else 50))
    if chosen.accuracy:
        found |= accuracy(data, measured.short, seeds)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
