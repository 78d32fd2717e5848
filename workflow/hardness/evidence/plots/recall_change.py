"""Figure 11: how much resampling changes the recall of each class."""

import pandas as pd
from matplotlib.figure import Figure

from hardness.evidence.plots import _changes as changes
from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style
from hardness.evidence.rows import grouped

NUMBER = "11"
INPUTS = ("evaluation", "ranks", "groups")
SETS = ({"kind": "resample", "over": "smote", "under": "easy"},)
BASELINE = {"mean": "baseline", "low": "baseline_low", "high": "baseline_high"}
CAPTION = (
    "Change in the recall of each class on the test set of {dataset} when the training set is"
    " resampled (SMOTE for hard classes, the easiest samples of easy classes removed), for each α"
    " of mode paper and ρ of mode study; classes from the easiest to the hardest by {ranked_by}."
    " First panel: recall before resampling, which the csv also has as a rank. An order by it would"
    " show a trend by chance, because noise that lowers the baseline's recall raises the change."
    " Each member is compared with the same seed's network on the full set; mean over {retraining}"
    " members with Student's t 95% interval (given the draw, if there is only one; the range over"
    " draws, if 2 to 5 are shared); dashed: the mean over the easy and over the hard classes. Each"
    " panel has its own scale. The intervals are not corrected for the number of"
    f" classes. {changes.EXPLAINED}."
)
PAPER = (
    "The paper's caption and its code sort classes by AUM; its text says by recall before"
    " resampling."
)


def table(frames: dict[str, pd.DataFrame], study: dict) -> pd.DataFrame:
    """changes.COLUMNS, and for each class baseline, baseline_low, baseline_high: its recall on the
    full set by the same members; recall_rank: 1 for the highest of these. Fractions.
    """
    evaluation = select.of_base_recipe(frames["evaluation"], study)
    of_full = select.of_full(evaluation, study, "retraining")
    full = select.summarize(of_full, ["class"], "recall").rename(columns=BASELINE)
    full["recall_rank"] = full["baseline"].rank(ascending=False, method="first").astype(int)
    full = full[["class", *BASELINE.values(), "recall_rank"]]
    parts = [
        changes.by_class(frames, study, spec, "recall")
        for spec in changes.strengths(evaluation, study)
    ]
    return pd.concat(parts).merge(full, on="class", how="left", validate="m:1")


def draw(table: pd.DataFrame, study: dict) -> Figure:
    panels = [key for key, _ in grouped(table, changes.PANEL, sort=False)]
    titles = [
        f"Mode {mode}, {style.setting_label(mode, setting)}{study['sets'][name].label}"
        for _, mode, setting, name in panels
    ]
    figure = changes.draw(table, study, titles, above=1)
    first = figure.axes[0]
    rows = table.drop_duplicates("class").drop(columns=[*BASELINE])
    rows = rows.rename(columns={column: name for name, column in BASELINE.items()})
    changes.points(first, rows, -1)
    first.set_title("Before resampling: recall (%)", loc="left", pad=3)
    return figure
