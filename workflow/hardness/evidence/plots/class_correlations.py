"""Figure 15: how each estimator's scores of the classes go with the classes' accuracy."""

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure

from hardness.analysis.class_correlations import DATA_BASED
from hardness.analysis.correlations import BELOW, RELATED
from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _style as style
from hardness.evidence.types import TYPES, type_of

NUMBER = "15"
INPUTS = ("class-correlations",)
CAPTION = (
    "Spearman correlation of each estimator's scores of the classes of {dataset} with the accuracy"
    " of ensembles on them (mean of the members' accuracies). Rows: full, all samples scored,"
    " networks trained and tested on all; part, test samples scored, networks trained on the"
    " training samples. Color: exact two-sided permutation p of the estimator alone; line: 90%"
    " interval by Fisher's z. Filled circle: related, p at most .05 after max-T over all"
    " estimators of its side (data-based, model-based); ring: the interval lies within -.6 to .6;"
    " neither: undecided. Gray: the side on which hard classes would be the less accurate ones."
    " Model-based scores are made from the predictions whose accuracy they are compared with."
)
SETTINGS = ("full", "part")
BOUNDS = (0, 0.001, 0.01, 0.05, 0.1, 1)
PALETTE = ListedColormap(["#332288", "#6A63B5", "#A9A4DB", "#DDCC77", "#E3E3E3"])
NORM = BoundaryNorm(BOUNDS, PALETTE.N)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """The rows shown of correlations.csv, with the type of each estimator: settings full and part,
    of data-based estimators the first space; in the paper's order.
    """
    rows = frames["class-correlations"]
    rows = rows[rows["setting"].isin(SETTINGS)]
    spaces = rows[rows["family"] == DATA_BASED]["space"]
    rows = rows[(rows["family"] != DATA_BASED) | (rows["space"] == spaces.iloc[0])]
    rows = rows.assign(type=[type_of(name) for name in rows["estimator"]])
    keys = [
        (SETTINGS.index(setting), *_place(name))
        for setting, name in zip(rows["setting"], rows["estimator"], strict=True)
    ]
    return rows.iloc[sorted(range(len(rows)), key=keys.__getitem__)].reset_index(drop=True)
