"""Export training sets, scores and figures in the formats of other tools.

Each export is a folder, written completely or not at all: exports/{dataset}/{what}. It is made from
the files below results/, and nothing is computed.
"""

import contextlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from hardness.core import artifacts
from hardness.core.errors import HardnessError
from hardness.core.names import nearest
from hardness.core.tables import Columns
from hardness.data import datasets
from hardness.evidence import exports
from hardness.sets.spec import FULL

from . import catalog, inventory, layout, zipped
from .plan import Plan

EXPORTS = "exports"


class ExportError(HardnessError):
    """What was asked for cannot be exported; nothing was written."""


def export(plan: Plan, dataset: str, what: str, draw: int = 0, to: Path | None = None) -> list[str]:
    """Write an export into a new folder. Returns the lines to print for the user.

    what: a training set's name, or one of KINDS; draw: the draw of the training set; to: the
    folder, by default exports/{dataset}/{what}. Raises ExportError if the config does not have
    `dataset` or `what`, if it is not computed, or if the folder exists; as artifacts.check for
    damaged files.
    """
    if dataset not in plan.study.datasets:
        raise ExportError(f"unknown data set {dataset!r}: {nearest(dataset, plan.study.datasets)}")
    known = [*plan.sets(dataset), *KINDS]
    if what not in known:
        raise ExportError(
            f"WHAT {what!r}: no such export, and datasets.{dataset} asks for no such training set "
            f"(in resampling or pruning): {nearest(what, known)}"
        )
    folder = to or Path(EXPORTS, dataset, what)
    with _new(folder) as unfinished:
        if what in KINDS:
            told = KINDS[what](plan, dataset, unfinished)
        else:
            told = _export_set(plan, dataset, what, draw, unfinished)
    files = sorted(path for path in folder.iterdir() if path.suffix != ".sha256")
    return [*(str(path) for path in files), *told]


@contextlib.contextmanager
def _new(folder: Path) -> Iterator[Path]:
    """A temporary folder beside `folder`, renamed to it once everything is written."""
    if folder.exists():
        raise ExportError(f"{folder} exists already: remove it, or name another one with --to")
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield unfinished
        unfinished.chmod(0o755)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished)
        raise


def _there(path: str) -> str:
    """Return the path. Raises ExportError if there is no such file."""
    if not Path(path).is_file():
        raise ExportError(f"{path} is missing: compute it first (make study ARGS={path})")
    return path


# Training sets


def _export_set(plan: Plan, dataset: str, name: str, draw: int, folder: Path) -> list[str]:
    data = datasets.load(_there(layout.DATA.path(dataset=dataset)))
    made = datasets.load_set(_there(layout.SET.path(dataset=dataset, set=name)))
    draws = len(made.source)
    if not 0 <= draw < draws:
        raise ExportError(f"--draw {draw}: {name} of {dataset} has {draws}, 0 to {draws - 1}")
    columns = exports.places(data, made, draw)
    artifacts.save_csv(folder / "samples.csv", columns)
    told = []
    if draws > 1:
        told.append(f"Draw {draw} of {draws}: network m takes draw m mod {draws} (--draw)")
    if synthetic := made.synthetic.shape[1]:
        labels = columns["label"][columns["index"] < 0]
        artifacts.save_npz(folder / "synthetic.npz", inputs=made.synthetic[draw], labels=labels)
        told.append(f"Synthetic samples, only in synthetic.npz: {synthetic}")
    if (own := plan.folder_of_images(dataset)) and len(data.files):
        _link(columns, Path(own).expanduser().resolve(), folder / "links")
    return told


def _link(columns: Columns, own: Path, folder: Path) -> None:
    """A folder of links for each class, as loaders of image folders read them."""
    rows = zip(*(columns[key] for key in ("index", "repeat", "file", "name")), strict=True)
    for index, repeat, file, name in rows:
        if index >= 0:
            of_class = folder / str(name).replace("/", "_")
            of_class.mkdir(parents=True, exist_ok=True)
            (of_class / exports.link_name(index, repeat, str(file))).symlink_to(own / str(file))


# Scores


def _export_datalab(plan: Plan, dataset: str, folder: Path) -> list[str]:
    samples = artifacts.load_csv(_there(layout.SAMPLES.path(dataset=dataset)))
    planned = inventory.paths_of(plan, dataset, ["duplicates"])
    if judged := plan.is_held_out(dataset):
        planned["review"] = layout.REVIEW.path(dataset=dataset)
        planned["out-of-fold"] = layout.OUT_OF_FOLD.path(dataset=dataset, table="samples")
    found = {name: artifacts.load_csv(_there(path)) for name, path in planned.items()}
    artifacts.save_csv(folder / "issues.csv", exports.datalab(samples, found))
    if judged:
        return []
    return [
        "No column about labels: it needs networks that did not train on a sample "
        f"(datasets.{dataset}.folds, such as [5]; of a recording held_out in its source)"
    ]


def _export_cartography(plan: Plan, dataset: str, folder: Path) -> list[str]:
    if not plan.has_every_epoch(dataset):
        raise ExportError(f"{dataset} was recorded with samples missing: it has no data map")
    data = datasets.load(_there(layout.DATA.path(dataset=dataset)))
    guids = data.files if len(data.files) else np.arange(len(data.train_labels))
    recipe = plan.dataset(dataset).recipe
    for block in plan.blocks(dataset, FULL.name, recipe, "dynamics.npz"):
        dynamics = artifacts.load_npz(_there(block), "seeds", "loss", "correct")
        for member, seed in enumerate(dynamics["seeds"]):
            columns = exports.cartography(dynamics["loss"][member], dynamics["correct"][member])
            text = exports.json_lines({"guid": guids, **columns})
            artifacts.save_text(folder / f"td_metrics-seed-{seed}.jsonl", text)
    return ["One file per network, as td_metrics.jsonl of Dataset Cartography"]


def _export_fiftyone(plan: Plan, dataset: str, folder: Path) -> list[str]:
    own = plan.folder_of_images(dataset)
    samples = artifacts.load_csv(_there(layout.SAMPLES.path(dataset=dataset)))
    if own is None or not any(map(str, samples["file"])):
        raise ExportError(f"{dataset} has no image files: FiftyOne knows samples by their paths")
    whole = Path(own).expanduser().resolve()
    ranked = {key.removesuffix("_rank") for key in samples if key.endswith("_rank")}
    scores = {key: values for key, values in samples.items() if key in ranked}
    paths = [str(whole / file) for file in samples["file"]]
    text = json.dumps(exports.by_file(paths, scores), ensure_ascii=False)
    artifacts.save_text(folder / "scores.json", f"{text}\n")
    return [
        'for field, values in json.load(open("scores.json")).items(): '
        'dataset.set_values(field, values, key_field="filepath")'
    ]


# Figures


def _export_figures(plan: Plan, dataset: str, folder: Path) -> list[str]:
    paths = [Path(_there(path)) for path in catalog.figures(plan).files(dataset)]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        for path in sorted(paths):
            artifacts.check(path)
            zipped.add(target, f"{dataset}/{path.name}", path.read_bytes())
    artifacts.save_bytes(folder / "figures.zip", content.getvalue())
    return [f"{len(paths)} files"]


KINDS: Mapping[str, Callable[[Plan, str, Path], list[str]]] = {
    "datalab": _export_datalab,
    "cartography": _export_cartography,
    "fiftyone": _export_fiftyone,
    "figures": _export_figures,
}
