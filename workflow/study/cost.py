"""What data sets cost: training jobs, networks, hours and disk, counted from the config without
training anything.

    PYTHONPATH=workflow python -m study.cost [DATA SET ...]

prints tables in Markdown, by default for the paper's data sets or, if the config has none of them,
for those of study.datasets. Speeds come from benchmarks/*.json or, if these have none, from the
assumptions below; the page says which.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from hardness.sets.spec import FULL
from hardness.training.parts import observers, reads_labels

from . import beyond, needs
from .config import ConfigError, load
from .plan import Ensemble, Plan
from .settings.source import Denoised, Derived, Noisy
from .shapes import Shape, set_bytes, shape_of, size

ROOT = Path(__file__).resolve().parents[2]
CORE = "a CPU core"


class Speed(NamedTuple):
    """Samples per second of one GPU or of one CPU core, and the source of the number."""

    per_second: float
    source: str


ASSUMED = {  # by model and precision, on a GPU
    ("resnet18", "bfloat16"): Speed(
        24_000, "assumed: an A100 at a quarter of its bfloat16 peak, 7 minutes for 200 epochs"
    ),
    ("resnet18", "float32"): Speed(
        4_000,
        "assumed: an A100 at two thirds of its float32 peak (19.5 TFLOP/s, no TF32), "
        "42 minutes for 200 epochs",
    ),
}


VIEWS = {"twins": 2}  # how many views of each sample a step sees, if more than one

# Observer -> the bytes that it leaves of one network on `full`, for n samples, so many epochs, and
# features of d numbers
OBSERVATIONS: dict[str, Callable[[int, int, int], int]] = {
    # four float16 and a bool an epoch, two float32
    "dynamics": lambda n, epochs, d: n * (9 * epochs + 8),
    # two float16 and a bool an epoch, four float32
    "pass": lambda n, epochs, d: n * (5 * epochs + 16),
    # per sample a float32 between epochs and one after each, and d float16
    "features": lambda n, epochs, d: n * (4 * (epochs - 1) + 4 * epochs + 2 * d),
    "input-gradients": lambda n, epochs, d: n * 4 * epochs,
    "label-gradients": lambda n, epochs, d: n * 4,
}


class Training(NamedTuple):
    """What one recipe trains on a data set. samples: seen in all epochs of all networks;
    recorded: networks on `full`, whose observations and weights are kept.
    """

    dataset: str
    recipe: str
    jobs: int
    networks: int
    samples: int
    recorded: int


# What is trained


def asked(plan: Plan, names: Sequence[str]) -> dict[str, list[Ensemble]]:
    """Return the ensembles (set, recipe) by data set that must be trained for the data sets
    `names`; these may need ensembles of other data sets too.
    """
    found = {name: [*plan.ensembles(name)] for name in names if plan.trains(name)}
    further = (_of_scores, _of_origins, _of_claims, _of_flips)
    for dataset, ensemble in (pair for of in further for pair in of(plan, names)):
        if ensemble not in (there := found.setdefault(dataset, [])):
            there.append(ensemble)
    return found


def _of_scores(plan: Plan, names: Iterable[str]) -> Iterator[tuple[str, Ensemble]]:
    """`full` by recipes that only scores read: without labels, their control, second splits."""
    for name in names:
        for recipe in (*plan.unlabelled(name), plan.dataset(name).second_split):
            if recipe:
                yield name, Ensemble(FULL.name, recipe)


def _of_origins(plan: Plan, names: Iterable[str]) -> Iterator[tuple[str, Ensemble]]:
    """`full` of the data sets whose hardness, or whose confusions, others are made from."""
    for name in names:
        while isinstance(source := plan.dataset(name).source, Derived):
            if isinstance(source, Denoised) or (isinstance(source, Noisy) and source.pairs):
                yield source.of, Ensemble(FULL.name, plan.dataset(source.of).recipe)
            name = source.of


def _of_claims(plan: Plan, names: Iterable[str]) -> Iterator[tuple[str, Ensemble]]:
    """Ensembles of other data sets with which claims compare a data set."""
    for name in names:
        for claim in needs.about(plan, name):
            homes = needs.others(plan, name, claim)
            for need in claim.needs:
                if other := homes.get(need.of):
                    yield from ((other, one) for one in needs.ensembles_of(plan, other, need))


def _of_flips(plan: Plan, names: Iterable[str]) -> Iterator[tuple[str, Ensemble]]:
    """Ensembles of other data sets with which data sets with flipped labels are compared."""
    for name in names:
        for one in beyond.with_flips(plan, name):
            if one.dataset != name:
                yield one.dataset, Ensemble(one.set, one.recipe)


def trainings(plan: Plan, names: Sequence[str]) -> list[Training]:
    """Return a row for each data set and recipe. Raises ValueError for an unknown name or size."""
    found = []
    for dataset, ensembles in asked(plan, names).items():
        shape, sets = shape_of(plan, dataset), plan.sets(dataset)
        for recipe in dict.fromkeys(recipe for _, recipe in ensembles):
            of_recipe = plan.recipe(recipe)
            own = [
                (name, plan.members(dataset, name, recipe))
                for name, by in ensembles
                if by == recipe
            ]
            found.append(
                Training(
                    dataset,
                    recipe,
                    jobs=sum(-(-members // of_recipe.members_per_job) for _, members in own),
                    networks=sum(members for _, members in own),
                    samples=of_recipe.epochs
                    * VIEWS.get(plan.recipe_params(recipe).get("views", ""), 1)
                    * sum(members * size(sets[name], shape) for name, members in own),
                    recorded=sum(members for name, members in own if name == FULL.name),
                )
            )
    return found


# Sizes


def disk(plan: Plan, rows: Sequence[Training]) -> dict[str, dict[str, int]]:
    """Return the bytes of each data set's large files: data, sets and, for the networks of `rows`,
    observations, weights, test.
    """
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        shape, epochs = shape_of(plan, row.dataset), plan.recipe(row.recipe).epochs
        recipe = plan.recipe_params(row.recipe)
        n, test = shape.train, shape.test
        if row.dataset not in found:
            found[row.dataset] = {
                "data": (n + test) * (shape.bytes + 8),
                "sets": sum(set_bytes(spec, shape) for spec in plan.sets(row.dataset).values()),
            } | dict.fromkeys(("observations", "weights", "test"), 0)
        part, (weights, width) = found[row.dataset], network_size(recipe, shape)
        part["observations"] += row.recorded * sum(
            OBSERVATIONS[name](n, epochs, width)
            for name in observers(recipe)
            if name in OBSERVATIONS
        )
        part["weights"] += row.recorded * weights
        # per test sample float16 logits and an int64 prediction; without labels float16 features
        answers = 2 * shape.classes + 8 if reads_labels(recipe) else 2 * width
        part["test"] += row.networks * test * answers
    return found


def network_size(recipe: dict, shape: Shape) -> tuple[int, int]:
    """Return the bytes of all parameters and buffers of one member, and the number of features of
    a sample; 0 features for a network without a separate head.
    """
    import torch

    from hardness.training import layers, networks

    network = networks.build(
        **recipe["model"], head=recipe["head"], seeds=[0], shape=shape.input, classes=shape.classes
    ).eval()
    weights = sum(value.numel() * value.element_size() for value in network.state_dict().values())
    if not isinstance(network, layers.Network):
        return weights, 0
    *size, channels = shape.input
    return weights, network.features(torch.zeros(1, channels, *size)).shape[1]


# Speeds


def speeds(folder: Path) -> dict[tuple[str, str], Speed]:
    """Return the speeds, assumed or measured: of a GPU by (model, precision), and of a CPU core by
    (recipe, CORE).

    folder: benchmarks/, which may hold gpu.json of gpu.py and training.json of training.py.
    """
    found = dict(ASSUMED)
    if (path := folder / "gpu.json").exists():
        content = json.loads(path.read_text(encoding="utf-8"))
        for precision in ("bfloat16", "float32"):
            if (row := content.get(f"one member, {precision}, captured")) and content[
                "machine"
            ] != "cpu":
                found["resnet18", precision] = Speed(
                    row["samples/s"], f"measured on one {content['machine']}"
                )
    if (path := folder / "training.json").exists():
        content = json.loads(path.read_text(encoding="utf-8"))
        for row in content["rows"]:
            if match := re.fullmatch(r"(\d+) at once: ([\w-]+), [^;]+", row["what"]):
                rate = row["ours"]["median"] / int(match[1])
                found.setdefault(
                    (match[2], CORE), Speed(rate, f"measured, {content['machine']['processor']}")
                )
    return found


# The page


def page(plan: Plan, names: Sequence[str], known: dict[tuple[str, str], Speed]) -> str:
    """Return the whole page in Markdown. known: from `speeds`. Raises as `trainings`."""
    rows = trainings(plan, names)
    used = {speed_of(plan, row): known.get(speed_of(plan, row)) for row in rows}
    said = [
        f"- {', '.join(name)}: "
        + (
            f"{speed.per_second:,.0f} samples/s, {speed.source}"
            if speed
            else "speed unknown; not in the total hours"
        )
        for name, speed in used.items()
    ]
    ends = (
        "Resampled sets are counted as large as the data set; "
        "those that only add or only remove are not."
    )
    return "\n".join(
        [*_training_table(plan, rows, used), "", *_disk_table(plan, rows), "", *said, "", ends]
    )


def speed_of(plan: Plan, row: Training) -> tuple[str, str]:
    """Return the key of a row's speed in `speeds`: a model on a GPU, or a recipe on a CPU core."""
    recipe = plan.recipe(row.recipe)
    on_gpu = recipe.device == "gpu"
    return (recipe.model.name, recipe.precision) if on_gpu else (row.recipe, CORE)


def _training_table(
    plan: Plan, rows: Sequence[Training], used: dict[tuple[str, str], Speed | None]
) -> list[str]:
    lines = [
        "| data set | recipe | training jobs | networks | epochs x samples, millions "
        "| GPU hours | CPU core hours |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    total = [0.0, 0.0]
    for row in rows:
        name, hours = speed_of(plan, row), ["", ""]
        place = int(name[1] == CORE)
        hours[place] = "?"
        if speed := used[name]:
            spent = row.samples / speed.per_second / 3600
            hours[place], total[place] = shown(spent), total[place] + spent
        lines.append(
            _line(row.dataset, row.recipe, row.jobs, row.networks, shown(row.samples / 1e6), *hours)
        )
    jobs, networks, samples = (
        sum(getattr(row, name) for row in rows) for name in ("jobs", "networks", "samples")
    )
    hours = [shown(spent) if spent else "" for spent in total]
    return [*lines, _line("all", "", jobs, networks, shown(samples / 1e6), *hours)]


def _disk_table(plan: Plan, rows: Sequence[Training]) -> list[str]:
    parts = disk(plan, rows)
    parts["all"] = {
        key: sum(part[key] for part in parts.values()) for key in next(iter(parts.values()))
    }
    return [
        "| data set | data | sets | observations | weights | test logits | all, GB |",
        "|---|--:|--:|--:|--:|--:|--:|",
        *(
            _line(name, *(shown(value / 1e9) for value in (*part.values(), sum(part.values()))))
            for name, part in parts.items()
        ),
    ]


def _line(*cells: object) -> str:
    return (
        f"| {' | '.join(f'{cell:,}' if isinstance(cell, int) else str(cell) for cell in cells)} |"
    )


def shown(value: float) -> str:
    """Format with two significant digits, or as a whole number from 10: <0.01, 0.012, 1.2, 141."""
    if 0 < value < 0.01:
        return "<0.01"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m study.cost", description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "datasets", nargs="*", metavar="DATA SET", help="default: the paper's, or study.datasets"
    )
    asked_for = parser.parse_args().datasets
    try:
        plan = Plan(load(ROOT))
        names = asked_for or needs.paper(plan) or plan.study.study.datasets
        print(page(plan, names, speeds(ROOT / "benchmarks")))
    except (ConfigError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
