"""Figure 11 for other metrics: does the effect of resampling on recall persist in them?"""

import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.labels import estimator_label
from hardness.evidence.plots import _changes as changes
from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style

NUMBER = "11"
INPUTS = ("evaluation", "ranks", "groups")
SETS = ({"kind": "resample", "over": "smote", "under": "easy"},)
METRICS = ("precision", "accuracy", "f1", "mcc")
CAPTION = (
    "Change in each class's precision, accuracy, F1 and MCC on the test set of {dataset} when the"
    " training set is resampled (SMOTE for hard classes, the easiest samples of"
    " easy classes removed), at the smallest α of mode paper (or else ρ of mode study). Each metric"
    " is of one class against the rest, so accuracy also counts right rejections. Classes from the"
    " easiest to the hardest by {ranked_by}. Each member is compared with the same seed's network"
    " on the full set; mean over {retraining} members with Student's t 95% interval (given the"
    " draw, if there is only one; the range over draws, if 2 to 5 are shared); dashed: the mean"
    " over the easy and over the hard classes. Each"
    f" panel has its own scale. {changes.EXPLAINED}."
)
PAPER = "The paper says that the pattern of Fig. 11 persists in these metrics."


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """changes.COLUMNS of each of METRICS, at one strength of resampling; fractions."""
    evaluation = select.of_base_recipe(frames["evaluation"], study)
    weakest = changes.strengths(evaluation, study)[0]
    parts = [changes.by_class(frames, study, weakest, metric) for metric in METRICS]
    return pd.concat(parts, ignore_index=True)


def draw(table: pd.DataFrame, study: dict) -> Figure:
    mode, setting, name = table[["mode", "setting", "set"]].iloc[0]
    at = f"mode {mode}, {style.setting_label(mode, setting)}{study['sets'][name].label}"
    titles = [estimator_label(metric) for metric in METRICS]
    titles[0] += f" ({at})"
    return changes.draw(table, study, titles)
