"""Which estimators rank the classes alike: a clustered map of all estimators, model-based and
data-based, and of the ensembles' error on the classes.
"""

import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.kinds import MODEL_BASED, kind_of
from hardness.evidence.plots import _clusters as clusters

NUMBER = None
INPUTS = ("class-values", "class-accuracy")
CAPTION = (
    "Spearman correlations over the classes of {dataset} between all estimators, scored on the"
    " training samples (data-based ones in the first space) and signed so that high is hard, and"
    " the error of ensembles on the classes (mean of the members); clustered by average linkage of"
    " 1 - rho. With ten classes a single correlation has a 90% interval of about ±.56 around 0:"
    " read blocks, not single cells."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """Pairs of estimators, and of them with the classes' error: first, second, rho."""
    values, accuracy = clusters.of_training(frames["class-values"]), frames["class-accuracy"]
    data_based = values["estimator"].map(kind_of) != MODEL_BASED
    space = values[data_based]["space"].iloc[0]
    values = values[~data_based | (values["space"] == space)]
    scores = values.pivot(index="class", columns="estimator", values="score")
    whole = values["setting"].iloc[0] == "full"
    rows = accuracy[accuracy["setting"] == ("full" if whole else "part")]
    last = rows[rows["members"] == rows["members"].max()].set_index("class")
    return clusters.of_hardness(scores.assign(**{clusters.ERROR: -last["mean"]}))


def draw(table: pd.DataFrame, study: dict) -> Figure:
    return clusters.draw(table)
