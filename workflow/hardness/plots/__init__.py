"""The study's figures: one file each, found by its name; what they share is in _style.

A figure's file holds NUMBER (the paper's figure number, or None), CAPTION (what one sees, with
which uncertainty, from which data; {dataset} stands for the data set's name, {recall} and the like
for ensemble sizes), `table(frames, study)
-> DataFrame`, the data drawn, and `draw(table, study) -> Figure` (gallery also takes the images).
frames maps the names of a figure's inputs to DataFrames; study holds dataset, members (a dict of
ensemble sizes), paper_estimator, base_recipe, and sets (name -> specification).
"""

import importlib
import io
import pkgutil
from pathlib import Path
from types import ModuleType

from .. import artifacts
from ..names import nearest

NAMES = tuple(
    sorted(
        m.name.replace("_", "-")
        for m in pkgutil.iter_modules(__path__)
        if not m.name.startswith("_")
    )
)


def find(name: str) -> ModuleType:
    """The figure's module. Raises ValueError with the nearest name if there is none."""
    if name not in NAMES:
        raise ValueError(f"unknown figure {name!r}: {nearest(name, NAMES)}")
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")


def described(name: str, dataset: str, ensembles: dict[str, int]) -> dict[str, str | None]:
    """A figure's number in the paper and its caption, for the report."""
    figure = find(name)
    return {"number": figure.NUMBER, "caption": figure.CAPTION.format(dataset=dataset, **ensembles)}


def save(figure, stem: Path | str) -> None:
    """Write {stem}.pdf and {stem}.png, with checksums: without dates, so that the same figure gives
    the same bytes.
    """
    for suffix, metadata in (("pdf", {"CreationDate": None}), ("png", {"Software": None})):
        content = io.BytesIO()
        figure.savefig(content, format=suffix, metadata=metadata)
        artifacts.save_bytes(f"{stem}.{suffix}", content.getvalue())
