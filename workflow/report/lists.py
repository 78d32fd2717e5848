"""The report's lists of samples and classes: sortable tables, and pictures with links."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from hardness.analysis.evaluation import by_member
from hardness.core.intervals import t_interval
from hardness.evidence.labels import estimator_label
from hardness.evidence.pictures import KINDS, of_classes, per_class
from hardness.evidence.rows import grouped, named_rows
from hardness.scoring import guide as estimators
from report.findings import (
    REASONS,
    Frames,
    Study,
    class_names,
    hardest_first,
)
from report.pictures import Samples, Tile
from report.words import named, percent

MOST_ROWS = 300  # of a table on the page; the csv has all
MOST_GROUPS = 50  # of duplicates on the page


class Cell(NamedTuple):
    """A table's cell: its text, the number by which it sorts, the target of its link, a picture."""

    text: str = ""
    order: float | None = None
    link: str | None = None
    picture: str | None = None


class Table(NamedTuple):
    """A table that sorts and filters. label: its name; total: number of rows of the csv, which may
    be more than `rows`.
    """

    label: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    total: int

    @property
    def opens(self) -> bool:
        """Whether a cell opens a file."""
        return any(cell.link for row in self.rows for cell in row)


def _rows(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows, with the column `index` renamed to index_: tuples have a method `index`."""
    yield from named_rows(frame.rename(columns={"index": "index_"}))


def _number(value: float, digits: int = 2) -> Cell:
    if not np.isfinite(value):
        return Cell()
    return Cell(f"{value + 0.0:,.{digits}f}".replace("-", "\N{MINUS SIGN}"), float(value))


def _share(value: float) -> Cell:
    return Cell(percent(value), float(value)) if np.isfinite(value) else Cell()


def _interval(mean: float, low: float, high: float, digits: int = 2, scale: float = 1) -> Cell:
    text = f"{scale * mean:.{digits}f}"
    if np.isfinite(low) and np.isfinite(high):
        text += f" [{scale * low:.{digits}f}, {scale * high:.{digits}f}]"
    return Cell(text.replace("-", "\N{MINUS SIGN}"), float(mean))


# Tables


def review(frames: Frames, samples: Samples) -> Table | None:
    """Return the samples worth a look, the most suspicious first."""
    rows = frames.get("review")
    if rows is None or rows.empty or "ranks" not in frames:
        return None
    names = class_names(frames)
    header = [
        "Rank",
        "Sample",
        "Label",
        "Suggested",
        "Why",
        "File or number",
        "Agreement",
        "Rank by AUM",
    ]
    header += ["Rank out of fold", "Part"]
    found = [
        [
            Cell(str(row.rank), row.rank),
            _picture(row, samples),
            Cell(str(row.name)),
            _suggested(row, names),
            Cell(REASONS.get(row.reason, row.reason)),
            _file(row, samples),
            _share(row.agreement),
            _number(row.aum_rank, 0),
            _number(row.out_of_fold_rank, 0),
            Cell(str(row.part) if isinstance(row.part, str) else ""),
        ]
        for row in _rows(rows.head(MOST_ROWS))
    ]
    # rows of a table have no pictures; of a recording all networks trained on all samples: nothing
    # is suggested
    filled = [
        any(cell.text or cell.picture for cell in column) for column in zip(*found, strict=True)
    ]
    return Table(
        "Review list",
        list(compress(header, filled)),
        [list(compress(row, filled)) for row in found],
        len(rows),
    )


def _picture(row: Any, samples: Samples) -> Cell:
    """A sample's picture with its label as description, which opens its file; empty without one."""
    picture = samples.src(row.part, row.index_)
    return Cell(str(row.name), None, samples.link(row.file), picture) if picture else Cell()


def _file(row: Any, samples: Samples) -> Cell:
    """A sample's file, or its number in its part."""
    text = row.file if isinstance(row.file, str) else f"{row.index_:.0f}"
    return Cell(text, None, samples.link(row.file))


def _suggested(row: Any, names: Mapping[int, str]) -> Cell:
    """The suggested class with its probability, such as "apple, 93%"."""
    if not np.isfinite(row.probability):
        return Cell()
    return Cell(f"{names[row.suggested]}, {percent(row.probability)}", float(row.probability))


def classes(frames: Frames, study: Study) -> Table | None:
    """Return for each class its size, hardness, recall, and the class it is most taken for."""
    if not {"ranks", "classwise"} <= {*frames}:
        return None
    score = estimator_label(study["ranked_by"])
    header = ["Class", "Hardness rank", "To train", "To test", f"Mean {score} [95%]"]
    header += ["Recall, test (%) [95%]"]
    full = frames["classwise"].query("set == 'full'")
    full = full[full["recipe"] == study["base_recipe"]]
    _, recall = by_member({name: full[name].to_numpy() for name in full}, "recall")
    tested = full.drop_duplicates("class").sort_values("class")["support"].to_numpy()
    mean, low, high = (np.clip(values, 0, 1) for values in t_interval(recall))
    ordered = hardest_first(frames, study)
    unseen = _out_of_fold(frames)
    header += ["Accuracy out of fold (%) [95%]", "Most often taken for"] if unseen else []
    rows = []
    for rank, row in enumerate(named_rows(ordered.rename(columns={"class": "number"})), 1):
        cells = [Cell(str(row.name)), _number(rank, 0), _number(row.n, 0)]
        cells += [
            _number(tested[row.number], 0),
            _interval(row.hardness, row.member_low, row.member_high),
            _interval(mean[row.number], low[row.number], high[row.number], 0, 100),
        ]
        rows.append(cells + unseen.get(row.number, []))
    return Table("Classes", header, rows, len(rows))


def _out_of_fold(frames: Frames) -> dict[int, list[Cell]]:
    """Class -> the accuracy of networks that did not train on its samples, and the class that they
    are most often taken for.
    """
    if not {"out-of-fold", "confusion"} <= {*frames}:
        return {}
    wrong = frames["confusion"].query("label != predicted and n > 0")
    top = wrong.sort_values("n", ascending=False, kind="stable").drop_duplicates("label")
    names = class_names(frames)
    taken = {row.label: f"{names[row.predicted]} ({percent(row.share)})" for row in named_rows(top)}
    rows = frames["out-of-fold"].rename(columns={"class": "number"})
    found = {}
    for row in named_rows(rows):
        cell = _interval(row.accuracy, row.low, row.high, 0, 100)
        note = ", weak" if row.weak else ""
        if row.no_better_than_chance:
            note = ", no better than chance"
        found[row.number] = [Cell(cell.text + note, cell.order), Cell(taken.get(row.number, ""))]
    return found


def hardest(frames: Frames, study: Study, samples: Samples) -> Table | None:
    """Return the hardest training samples with their scores by every estimator."""
    rows = frames.get("samples")
    if rows is None:
        return None
    by = study["ranked_by"]
    scored = [name for name in study["estimators"] if name in rows]
    shown = rows.sort_values(by, ascending=study["ranked_down"], kind="stable").head(MOST_ROWS)
    header = ["Rank", "Sample", "Label", *map(estimator_label, scored), "Never learned"]
    found = [
        [
            Cell(str(rank), rank),
            Cell(named("train", row["index"], row["file"]), None, samples.link(row["file"])),
            Cell(str(row["name"])),
            *(_number(row[name], 3) for name in scored),
            Cell("never" if row["never_learned"] else ""),
        ]
        for rank, row in enumerate(shown.to_dict("records"), 1)
    ]
    return Table("Hardest samples", header, found, len(rows))


def guide(study: Study) -> Table:
    """Return what each of the data set's estimators is for, and what it is not for."""
    header = ["Estimator", "Direction", "Range", "What for", "What not for", "Cost"]
    keys = ("direction", "range", "what_for", "what_not_for", "cost")
    rows = [
        [Cell(estimator_label(row["name"])), *(Cell(row[key]) for key in keys)]
        for row in estimators.rows(study["estimators"])
    ]
    return Table("What each estimator is for", header, rows, len(rows))


# Pictures


class Group(NamedTuple):
    """Pictures that are shown together. parts: title -> tiles."""

    title: str
    parts: Mapping[str, Sequence[Tile]]


def gallery(frames: Frames, study: Study, samples: Samples) -> list[Group]:
    """Return for each class, the hardest first, its hardest, easiest and most disputed samples."""
    by_class = frames.get("gallery-by-class")
    if by_class is None:
        by_class = _by_class(frames, study)
    score = estimator_label(study["ranked_by"])
    groups = []
    for _, rows in grouped(by_class, "rank"):
        parts = {}
        for kind in KINDS:
            column, words = (
                ("variability", "variability") if kind == "disputed" else ("score", score)
            )
            tiles = [
                samples.tile("train", row, f"{words} {_number(getattr(row, column)).text}")
                for row in _rows(rows[rows["kind"] == kind])
            ]
            parts["Most disputed" if kind == "disputed" else kind.capitalize()] = tiles
        groups.append(Group(str(rows["name"].iloc[0]), parts))
    return groups


def _by_class(frames: Frames, study: Study) -> pd.DataFrame:
    """The rows that figures/gallery-by-class.csv would have, if samples have no pictures; none if
    they cannot be known.
    """
    if not {"samples", "map", "ranks"} <= {*frames}:
        return pd.DataFrame(columns=["rank"])
    rows, variability = frames["samples"], frames["map"].set_index("index")["variability"]
    rows = rows.assign(
        score=rows[study["ranked_by"]], variability=variability.loc[rows["index"]].to_numpy()
    )
    classes = hardest_first(frames, study)["class"].tolist()
    order = np.argsort(-rows[f"{study['ranked_by']}_rank"].to_numpy())
    shown = of_classes(
        order, rows["variability"].to_numpy(), rows["label"].to_numpy(), per_class(len(classes))
    )
    found = rows.iloc[shown["index"]].assign(kind=shown["kind"])
    return found.assign(rank=[1 + classes.index(label) for label in found["label"]])


def duplicates(frames: Frames, samples: Samples) -> list[Group]:
    """Return groups of equal and of nearly equal samples, those with different labels first."""
    rows = frames.get("duplicates")
    if rows is None or rows.empty:
        return []
    order = rows.assign(agree=~rows["conflict"].astype(bool)).sort_values(
        ["agree", "group"], kind="stable"
    )
    groups: list[Group] = []
    for _, group in grouped(order, "group", sort=False):
        if len(groups) == MOST_GROUPS:
            break
        first = group.iloc[0]
        title = "Equal" if first["kind"] == "exact" else "Nearly equal"
        title += ", different labels" if not first["agree"] else ""
        tiles = [
            samples.tile(row.part, row, f"{row.name}, {row.part}",
                         *([f"distance {row.distance:.1f}"] if row.kind == "near" else []))
            for row in _rows(group)
        ]  # fmt: skip
        groups.append(Group(title, {"": tiles}))
    return groups


class Lists(NamedTuple):
    """The report's lists of samples and classes; those that are None or empty are left out."""

    review: Table | None = None
    classes: Table | None = None
    gallery: Sequence[Group] = ()
    duplicates: Sequence[Group] = ()
    guide: Table | None = None
    hardest: Table | None = None
    pixels: bool = False  # whether images are so small that single pixels are shown


NOTHING = Lists()


def lists(frames: Frames, study: Study, samples: Samples) -> Lists:
    """Return all lists that the frames allow."""
    return Lists(
        review=review(frames, samples),
        classes=classes(frames, study),
        gallery=gallery(frames, study, samples),
        duplicates=duplicates(frames, samples),
        guide=guide(study),
        hardest=hardest(frames, study, samples),
        pixels=samples.pixels,
    )
