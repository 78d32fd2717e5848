"""The study's figures: one file each, found by its name; what they share is in _style.

A figure's file holds
    NUMBER      the paper's figure number, or None
    CAPTION     what is shown, with which uncertainty, from which data; {dataset} stands for the
                data set's name, {recall} and the like for ensemble sizes, {ranked_by} and
                {paper_estimator} for these estimators; for how networks are trained {training}
                where methods of re-balancing are compared, {on_full} for the base recipe, and
                {without_labels}, {rivals}, {with_flips}
    PAPER       if there is something to say of the paper: it follows the caption where a paper's
                data set is studied
    INPUTS      what it is made from; with SETS and ESTIMATORS, if it needs these: see parts.py
    table(frames, study) -> DataFrame    the data that are drawn
    draw(table, study) -> Figure         if INPUTS has "images" or "pictures", their images are a
                                         third argument

frames maps the names of INPUTS to DataFrames; images and pictures to the file's other arrays;
`evaluation` has the columns set and recipe. study holds dataset, members (a dict of ensemble
sizes), paper_estimator (of Eq. 3), ranked_by (the estimator by which classes and samples are
sorted), paper_suffix (of the names of its sets), base_recipe, trained (words for captions), and
sets (name -> SetSpec) of the training sets that are evaluated.
"""

import io
from pathlib import Path

from hardness.core import artifacts
from hardness.evidence import fonts
from hardness.evidence.labels import estimator_label
from hardness.evidence.parts import FIGURES


def described(name: str, study: dict) -> dict[str, str | None]:
    """A figure's number in the paper and its caption, for the report.

    study: needs dataset, members, paper_estimator, ranked_by, stands_for and trained.
    """
    figure = FIGURES.find(name)
    estimators = {key: estimator_label(study[key]) for key in ("ranked_by", "paper_estimator")}
    told = {"dataset": study["dataset"], **study["members"], **study["trained"]}
    caption = figure.CAPTION.format(**told, **estimators)
    if study["stands_for"] and hasattr(figure, "PAPER"):
        caption += f" {figure.PAPER}"
    return {"number": figure.NUMBER, "caption": caption}


def save(figure, stem: Path | str) -> None:
    """Write {stem}.pdf and {stem}.png, with checksums, and without dates, so that the same figure
    gives the same bytes.
    """
    if without := fonts.fall_back(figure):
        print(fonts.advice(without), flush=True)
    for suffix, metadata in (("pdf", {"CreationDate": None}), ("png", {"Software": None})):
        content = io.BytesIO()
        figure.savefig(content, format=suffix, metadata=metadata)
        artifacts.save_bytes(f"{stem}.{suffix}", content.getvalue())
