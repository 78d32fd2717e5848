"""The study's figures: one file each, found by its name; what they share is in _style.

A figure's file holds
    NUMBER      the paper's figure number, or None
    CAPTION     what one sees, with which uncertainty, from which data; {dataset} stands for the
                data set's name, {recall} and the like for ensemble sizes
    INPUTS      what it is made from; with SETS and ESTIMATORS, if it needs these: see parts.py
    table(frames, study) -> DataFrame    the data drawn
    draw(table, study) -> Figure         where INPUTS has "images", these are a third argument

frames maps the names of INPUTS to DataFrames; `evaluation` has the columns set and recipe. study
holds dataset, members (a dict of ensemble sizes), paper_estimator, paper_suffix (of the names of
its sets), base_recipe, and sets (name -> SetSpec) of the training sets that are evaluated.
"""

import io
from pathlib import Path

from hardness.core import artifacts
from hardness.evidence.parts import FIGURES


def described(name: str, dataset: str, ensembles: dict[str, int]) -> dict[str, str | None]:
    """A figure's number in the paper and its caption, for the report."""
    figure = FIGURES.find(name)
    return {"number": figure.NUMBER, "caption": figure.CAPTION.format(dataset=dataset, **ensembles)}


def save(figure, stem: Path | str) -> None:
    """Write {stem}.pdf and {stem}.png, with checksums: without dates, so that the same figure gives
    the same bytes.
    """
    for suffix, metadata in (("pdf", {"CreationDate": None}), ("png", {"Software": None})):
        content = io.BytesIO()
        figure.savefig(content, format=suffix, metadata=metadata)
        artifacts.save_bytes(f"{stem}.{suffix}", content.getvalue())
