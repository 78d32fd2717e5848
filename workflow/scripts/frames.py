"""What figures and tables read: csv files as DataFrames."""

from pathlib import Path

import pandas

from hardness.core import artifacts


def read(files: dict[str, str | list[str]]) -> dict[str, pandas.DataFrame]:
    """Read the csv files of a figure or table; a list of evaluation/{set}/{recipe}.csv becomes one
    frame with set and recipe.
    """

    def ensemble(path: str) -> pandas.DataFrame:
        frame = artifacts.read_csv(path)
        frame.insert(0, "set", Path(path).parent.name)
        frame.insert(1, "recipe", Path(path).stem)
        return frame

    return {
        name: artifacts.read_csv(path)
        if isinstance(path, str)
        else pandas.concat(map(ensemble, path), ignore_index=True)
        for name, path in files.items()
    }
