"""Code that the benchmarks share, and the command that runs them: `make bench`, or with
ARGS='training shares' some of them.

    make run ARGS='python benchmarks/bench.py [NAME ...] [--quick]'

A benchmark is a program beside this one with a function `measure(repeats, quick)` that returns rows
(see `row`). They are stored in {name}.json, and the tables in README.md are made again from all of
these files. --quick tries everything once with tiny sizes, and stores nothing.
"""

import argparse
import contextlib
import datetime
import importlib.metadata
import io
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
NAMES = (
    "training",
    "resnet9",
    "shares",
    "passes",
    "resume",
    "memory",
    "stability",
    "preparation",
    "neighbours",
    "recorder",
    "start",
    "scheduler",
    "embedded_study",
)
REPEATS = 9
CORES = len(os.sched_getaffinity(0))
JOBS = {  # the environment that the Snakefile sets for all jobs; read when a process starts
    "OMP_WAIT_POLICY": "PASSIVE",
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
    "MALLOC_TRIM_THRESHOLD_": str(2**32),
}
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


# Measuring


def alternate(
    title: str, sides: Mapping[str, Callable[[], float]], repeats: int
) -> dict[str, list[float]]:
    """Return each side's numbers, one per repeat. The sides take turns, so that other load on the
    machine affects all of them.
    """
    print(title, flush=True)
    found = {name: [] for name in sides}
    for repeat in range(1, repeats + 1):
        for name, side in sides.items():
            found[name].append(side())
            print(f"  {repeat}/{repeats} {name}: {shown(found[name][-1])}", flush=True)
    return found


def seconds(
    title: str, sides: Mapping[str, Callable[[], None]], repeats: int
) -> dict[str, list[float]]:
    """Return the wall times of each side's calls; the sides take turns."""
    return alternate(
        f"{title}, s", {name: partial(wall_time, side) for name, side in sides.items()}, repeats
    )


def wall_time(function: Callable, *arguments, **options) -> float:
    began = time.perf_counter()
    function(*arguments, **options)
    return time.perf_counter() - began


def spawn(function: str, argument, like_a_job: bool = True) -> subprocess.Popen:
    """Start a process that calls `module.function(argument)`. Its input and output are text pipes.

    function: such as "memory.job"; argument: as JSON can store it; like_a_job: whether to set the
    environment variables that the Snakefile sets.
    """
    environment = {name: value for name, value in os.environ.items() if name not in JOBS}
    environment |= {"PYTHONPATH": f"{HERE}{os.pathsep}{ROOT / 'workflow'}"} | (
        JOBS if like_a_job else {}
    )
    module = function.partition(".")[0]
    code = f"import json, sys, {module}; {function}(json.loads(sys.argv[1]))"
    command = [sys.executable, "-c", code, json.dumps(argument)]
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def row(
    what: str,
    unit: str,
    ours: Sequence[float],
    reference: Sequence[float] = (),
    how: str | None = None,
    aim: str = "",
) -> dict:
    """Return a row of results: all numbers of ours and of the reference, in `unit`, and how they
    compare in each repeat.

    how: "times as fast", "times as long", "share" (of the reference) or "difference"; None if
    nothing is compared.
    """
    made = {"what": what, "unit": unit, "aim": aim, "repeats": len(ours), "ours": summary(ours)}
    if how:
        compared = [compare(how, unit, *pair) for pair in zip(ours, reference, strict=True)]
        made |= {"reference": summary(reference), "how": how, "ratio": summary(compared)}
    return made


def compare(how: str, unit: str, ours: float, reference: float) -> float:
    match how:
        case "times as fast":
            return ours / reference if unit.endswith("/s") else reference / ours
        case "times as long" | "share":
            return ours / reference
        case "difference":
            return ours - reference
    raise ValueError(
        f"unknown comparison {how!r}: times as fast, times as long, share or difference"
    )


def summary(values: Sequence[float]) -> dict:
    """Return the median, the range, and each value, to five significant digits."""
    each = [float(f"{value:.5g}") for value in values]
    return {
        "median": float(f"{statistics.median(values):.5g}"),
        "min": min(each),
        "max": max(each),
        "each": each,
    }


def machine() -> dict:
    """Describe the machine and its software, without its name and without paths."""
    cpuinfo = (
        Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    )
    model = re.search(r"^model name\s*: (.+)$", cpuinfo, re.MULTILINE)
    packages = ("torch", "torchvision", "numpy", "scikit-learn", "imbalanced-learn", "snakemake")
    return {
        "processor": model[1] if model else platform.machine(),
        "cores": CORES,
        "bfloat16 instructions": sorted(set(re.findall(r"\b(?:avx512_bf16|amx_bf16)\b", cpuinfo))),
        "torch's threads, where a row names none": int(os.environ.get("OMP_NUM_THREADS", CORES)),
        "python": platform.python_version(),
    } | {name: importlib.metadata.version(name) for name in packages}


# A block in training. Only functions that train import torch: it takes seconds


def recipes() -> dict[str, dict]:
    """Return the config's recipes, with all defaults."""
    from study.config import load

    return load(ROOT)["recipes"]


def random_data(n: int, shape: Sequence[int], tests: int = 10, classes: int = 10):
    """Return a data set with n random training images and `tests` test images of shape (H, W, C),
    in so many classes.
    """
    from hardness.data import datasets

    rng = np.random.default_rng(0)
    images, labels = (
        rng.integers(0, 256, (n + tests, *shape), dtype=np.uint8),
        np.arange(n + tests) % classes,
    )
    scale = [0.5] * shape[2], [0.25] * shape[2]
    names = [str(c) for c in range(classes)]
    return datasets.checked(images[:n], labels[:n], images[n:], labels[n:], names, scale)


def start(
    data, recipe: dict, record: bool = True, entry: Path = Path(os.devnull), device: str = "cpu"
):
    """Return the first block of a recipe's members on the full set, at the start of its training.

    entry: the folder into which it writes resume state and outputs, if asked to.
    """
    import torch

    from hardness.data import datasets
    from hardness.training import loop, parts, store

    full = datasets.full(data.train_labels, data.train_inputs.shape[1:])
    observe = parts.observers(recipe) if record else ()
    block = store.Block(
        data, full, recipe, list(range(recipe["members_per_job"])), observe, "benchmark"
    )
    return loop.Training(block, entry, torch.device(device))


def fill(block) -> None:
    """Write into all arrays of a block's observers: zeros take no memory until they are written."""
    for observer in block.observers.values():
        for values in observer.state().values():
            values.fill(1)


def epochs(block) -> Iterator[None]:
    """Train a started block from its first epoch, as its `run` does except for the probe. Yields
    after each epoch.
    """
    import torch

    torch.set_flush_denormal(True)
    block.step = 0
    try:
        for epoch in range(block.epochs):
            drawn = block.draw(epoch)
            for number in range(block.steps):
                block.train_step(number, drawn)
                block.step += 1
            with contextlib.redirect_stdout(io.StringIO()):  # its output is for a job's log
                block.finish_epoch(epoch, drawn)
            yield
    finally:
        torch.set_flush_denormal(False)


def described(name: str, recipe: dict) -> str:
    """Describe a block as rows do."""
    threads = f"{recipe['threads']} thread{'s' * (recipe['threads'] > 1)}"
    return f"{name}, batch {recipe['batch_size']}, block of {recipe['members_per_job']}, {threads}"


# Storing and showing


def store(name: str, rows: list[dict]) -> None:
    result = {"date": datetime.date.today().isoformat(), "machine": machine(), "rows": rows}
    (HERE / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def render(folder: Path = HERE) -> None:
    """Write the tables of all results into README.md, between its two marks. Raises ValueError if
    it has no such marks.
    """
    readme = folder / "README.md"
    before, begin, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(
            f"{readme} has no lines {BEGIN} and {END}: the tables are written between them"
        )
    tables = [
        table(name, json.loads(path.read_text(encoding="utf-8")))
        for name in NAMES
        if (path := folder / f"{name}.json").exists()
    ]
    readme.write_text("\n\n".join([before + begin, *tables, end + after]), encoding="utf-8")


def table(name: str, result: dict) -> str:
    """Return a result as a Markdown table."""
    made_on = result["machine"]
    processor = f"{made_on['processor']}, {made_on['cores']} cores"
    versions = f"Python {made_on['python']}, torch {made_on['torch']}"
    lines = [
        f"[{name}]({name}.json), {result['date']}, {processor}, {versions}",
        "",
        "| what | ours | reference | ratio (range over repeats) | aim |",
        "|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        sides = [row.get("ours"), row.get("reference")]
        ours, reference = (
            f"{shown(side['median'])} {row['unit']}" if side else "" for side in sides
        )
        lines.append(f"| {row['what']} | {ours} | {reference} | {ratio(row)} | {row['aim']} |")
    return "\n".join(lines)


def ratio(row: dict) -> str:
    """Return how ours compares with the reference: the median of the repeats and, if there are
    several, their range.
    """
    if "ratio" not in row:
        return ""
    found, percent = row["ratio"], row["how"] == "share"
    median, low, high = (
        shown(found[name] * (100 if percent else 1)) for name in ("median", "min", "max")
    )
    units = {
        "times as fast": "x",
        "times as long": "x the time",
        "share": "%",
        "difference": f" {row['unit']} more",
    }
    text = median + units[row["how"]]
    return f"{text} ({low} to {high})" if len(found["each"]) > 1 else text


def shown(value: float) -> str:
    """Format with three significant digits, or from 1000 as a whole number: 0.0123, 65,432."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


# The commands


def run(file: str, measure: Callable[[int, bool], list[dict]]) -> None:
    """Run the command of one benchmark: measure, show, and store the rows unless --quick is set."""
    if not JOBS.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | JOBS)
    parser = argparse.ArgumentParser(description=sys.modules[measure.__module__].__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes, one repeat, nothing stored"
    )
    quick, name = parser.parse_args().quick, Path(file).stem
    print(f"{name}", flush=True)
    rows = measure(1 if quick else REPEATS, quick)
    print(table(name, {"date": "now", "machine": machine(), "rows": rows}), flush=True)
    if not quick:
        store(name, rows)
        render()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "names", nargs="*", choices=NAMES, metavar="NAME", help=f"default: all ({', '.join(NAMES)})"
    )
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes, one repeat, nothing stored"
    )
    options = parser.parse_args()
    names, flags = options.names or NAMES, ["--quick"] if options.quick else []
    failed = [
        name
        for name in names
        if subprocess.run([sys.executable, HERE / f"{name}.py", *flags]).returncode
    ]
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
