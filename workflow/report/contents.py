"""What the report of a data set shows: the overview, figures and tables, and what is missing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hardness.analysis import evaluation
from hardness.core import artifacts
from hardness.evidence import figures, tabulation

Overview = list[tuple[str, str, str, str]]


def overview(parts: Mapping[str, Any], recipe: str) -> tuple[Overview, list[dict[str, str]]]:
    """The overview's rows, and the part that is missing where they cannot be read.

    parts: of the rule make_report: the paths overall (evaluation/overall.csv) and logs.
    """
    try:
        return evaluation.overview(artifacts.load_csv(parts["overall"]), recipe), []
    except (FileNotFoundError, artifacts.Damaged) as error:
        missing = {
            "name": "overall-evaluation",
            "path": parts["overall"],
            "log": str(Path(parts["logs"]) / "collect_evaluation.log"),
            "problem": str(error),
        }
        return [], [missing]


def header(dataset: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """Facts below the title. settings: the data set's config."""
    members = ", ".join(f"{number} for {use}" for use, number in settings["ensembles"].items())
    return {"Data set": dataset, "Recipe": settings["recipe"], "Members": members}


def described_figures(
    parts: Mapping[str, Any], dataset: str, settings: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The figures with their numbers and captions."""
    sizes = settings["ensembles"]
    return [part | figures.described(part["name"], dataset, sizes) for part in parts["figures"]]


def described_tables(
    parts: Mapping[str, Any], dataset: str, settings: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The tables with their numbers, captions, and the functions that make them HTML."""
    study = {
        "dataset": dataset,
        "base_recipe": settings["recipe"],
        "stands_for": settings["stands_for"],
    }
    return [
        part | tabulation.described(part["name"], part["csv"], study) for part in parts["tables"]
    ]
