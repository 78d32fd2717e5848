"""Which estimators rank samples alike: a clustered map of all, model-based and data-based."""

import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.plots import _clusters as clusters

NUMBER = None
INPUTS = ("score-agreement",)
CAPTION = (
    "Spearman correlations over the samples of {dataset} (the training samples, or all of a whole"
    " data set) between all estimators that score samples, data-based ones in the first space, each"
    " signed so that high is hard; clustered by average linkage of 1 - rho. There is one number per"
    " pair, from the ensembles' mean scores, without an interval: the spread over members is not"
    " shown."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """Pairs of estimators: first, second, rho."""
    rows = clusters.of_training(frames["score-agreement"])
    return rows.drop(columns="setting").reset_index(drop=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    return clusters.draw(table)
