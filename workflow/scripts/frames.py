"""Read the inputs of figures and tables: csv files as DataFrames, and facts about the study."""

from typing import Any

import numpy
import pandas

from hardness.core import artifacts
from hardness.sets import spec

PICTURES = ("images", "pictures")  # the inputs of figures that are not csv files


def read(files: dict[str, str | list[str]], study: dict) -> dict[str, pandas.DataFrame]:
    """Read the csv files of a figure or table.

    A list of files, one for each ensemble of study["evaluated"], becomes one frame with additional
    columns set and recipe.
    """

    def of_ensembles(paths: list[str]) -> pandas.DataFrame:
        frames = []
        for (name, recipe), path in zip(study["evaluated"], paths, strict=True):
            frames.append(artifacts.read_csv(path))
            frames[-1].insert(0, "set", name)
            frames[-1].insert(1, "recipe", recipe)
        return pandas.concat(frames, ignore_index=True)

    return {
        name: artifacts.read_csv(path) if isinstance(path, str) else of_ensembles(path)
        for name, path in files.items()
    }


def with_pictures(
    files: dict[str, str | list[str]], study: dict
) -> tuple[dict[str, Any], list[numpy.ndarray]]:
    """Return what a figure's table reads, and the pictures that it draws: [images], or empty. From
    a file of pictures, the table reads everything except the images.
    """
    drawn = {name: artifacts.load_npz(files[name]) for name in PICTURES if name in files}
    shown: dict[str, Any] = read({name: files[name] for name in files if name not in drawn}, study)
    return shown | drawn, [arrays.pop("images") for arrays in drawn.values()]


def typed(study: dict) -> dict:
    """Return the study with specifications of its sets in place of their columns."""
    sets = {name: spec.from_columns(columns) for name, columns in study["sets"].items()}
    return study | {"sets": sets}
