"""What figures and tables read: csv files as DataFrames, and what they are told of the study."""

from typing import Any

import numpy
import pandas

from hardness.core import artifacts
from hardness.sets import spec

PICTURES = ("images", "pictures")  # the inputs of figures that are no csv files


def read(files: dict[str, str | list[str]], study: dict) -> dict[str, pandas.DataFrame]:
    """Read the csv files of a figure or table.

    A list of files becomes one frame; it holds a file for each of study["evaluated"], which is put
    into the columns set and recipe.
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
    """What a figure's table reads, and the pictures that it draws, if any: [images]. Of a file of
    pictures the table reads which ones they are, not the pictures.
    """
    drawn = {name: artifacts.load_npz(files[name]) for name in PICTURES if name in files}
    shown: dict[str, Any] = read({name: files[name] for name in files if name not in drawn}, study)
    return shown | drawn, [arrays.pop("images") for arrays in drawn.values()]


def typed(study: dict) -> dict:
    """The study with the specifications of its sets in place of their columns."""
    sets = {name: spec.from_columns(columns) for name, columns in study["sets"].items()}
    return study | {"sets": sets}
