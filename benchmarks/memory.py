"""Measure the memory of a ResNet-18 job on data of CIFAR's size, beyond that of plain steps of the
same network on one batch.

The job does everything that takes memory: it reads the data's file, holds the dynamics of 200
epochs and writes to them, trains steps, ends an epoch, saves the resume state, evaluates a whole
batch and one image more, and writes the outputs. The plain process does as many steps with the same
optimizer (torch.optim would import 140 MiB more). The largest resident memory of the two processes,
with all their imports, is compared.
"""

import re
import tempfile
from pathlib import Path

import bench

STEPS = 3


def job(settings: dict) -> None:
    """Run a training job with few steps; print its largest memory."""
    from hardness.data import datasets
    from hardness.training import loop

    folder, some = Path(settings["folder"]), loop.EVALUATION_BATCH["cpu"] + 1
    data = datasets.load(folder / "data.npz")
    block = bench.start(
        data._replace(test_labels=data.test_labels[:some]), settings["recipe"], entry=folder
    )
    evaluate = block.evaluate
    block.evaluate = lambda view, rows, read: evaluate(view, rows[:some], read)
    bench.fill(block)
    drawn = block.draw(0)
    for number in range(STEPS):
        block.train_step(number, drawn)
    block.finish_epoch(0, drawn)
    block.save_state()
    block.write_outputs()
    print(largest())


def plain(settings: dict) -> None:
    """Train steps of the same network on one random batch; print the largest memory."""
    import torch
    import torch.nn.functional as F

    from hardness.training import networks, optimization

    recipe = settings["recipe"]
    torch.set_num_threads(recipe["threads"])
    network = networks.build(**recipe["model"], seeds=[0], shape=(32, 32, 3), classes=10)
    optimizer = optimization.Optimizer(recipe["optimizer"], list(network.parameters()))
    images, labels = (
        torch.randn(recipe["batch_size"], 3, 32, 32),
        torch.arange(recipe["batch_size"]) % 10,
    )
    for _ in range(STEPS):
        F.cross_entropy(network(images).squeeze(1), labels).backward()
        with torch.no_grad():
            optimizer.step(torch.tensor(recipe["optimizer"]["lr"]))
    print(largest())


def largest() -> float:
    """Return the largest resident memory of this process so far, in MiB; getrusage would start from
    that of its parent.
    """
    return (
        int(
            re.search(
                r"^VmHWM:\s+(\d+) kB$",
                Path("/proc/self/status").read_text(encoding="utf-8"),
                re.MULTILINE,
            )[1]
        )
        / 1024
    )


def memory_of(function: str, settings: dict, like_a_job: bool) -> float:
    process = bench.spawn(f"memory.{function}", settings, like_a_job)
    output, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{function} failed: see its message above")
    return float(output.splitlines()[-1])


def measure(repeats: int, quick: bool) -> list[dict]:
    from hardness.data import datasets

    recipe = bench.recipes()["resnet18"] | {"threads": bench.CORES}
    if quick:
        recipe["batch_size"] = 16
    sizes = (50, 10) if quick else (50_000, 10_000)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        datasets.save(Path(folder) / "data.npz", bench.random_data(sizes[0], (32, 32, 3), sizes[1]))
        settings = {"recipe": recipe, "folder": folder}
        sides = {
            "plain": lambda: memory_of("plain", settings, like_a_job=False),
            "job": lambda: memory_of("job", settings, like_a_job=True),
        }
        found = bench.alternate("resnet18, MiB", sides, min(repeats, 3))  # it varies little
    images = f"{sizes[0]:,} + {sizes[1]:,} images"
    what = f"{bench.described('resnet18', recipe)}, {images}: memory of a job, of plain steps"
    return [bench.row(what, "MiB", found["job"], found["plain"], "difference", "at most 1,024 MiB")]


if __name__ == "__main__":
    bench.run(__file__, measure)
