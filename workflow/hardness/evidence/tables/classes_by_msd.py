"""From hardness without labels to classes: does resampling by MSD have the effects of AUM?"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hardness.evidence.labels import estimator_label
from hardness.evidence.pairs import sided
from hardness.evidence.rows import grouped, named_rows
from hardness.evidence.tables._text import correlation, interval, points, setting_title, strategy

if TYPE_CHECKING:
    import pandas as pd

NUMBER = None
INPUTS = ("score-correlations", "resampled-by-msd")
ESTIMATORS = ("aum", "msd")
CONTROLS = {"feature-norm": "the length of the feature", "contrast": "the contrast of the pixels"}
CAPTION = (
    "What resampling the classes of {dataset} by each estimator changes, in points: accuracy, and"
    " the standard deviation of recall over classes (of each member, which noise biases upwards, to"
    " the same degree in all sets). Means over {members} members, paired by seed, with 95% t"
    " intervals. MSD's networks read no labels; labels only say which samples belong to one class."
    " {without_labels}; the resampled sets are trained like the latter. {bridge}"
)
HEADER = ["Estimator", "Than", "Accuracy", "Spread of recall"]


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """resampled.csv; before it the correlation of both estimators' class means, and those of the
    controls with AUM.
    """
    import pandas as pd

    rows = frames["score-correlations"]
    classes = sided(rows[rows["over"] == "classes"], ["aum"])
    parts = {
        "class means": classes[classes["with"] == "msd"],
        "control": classes[classes["with"].isin(CONTROLS)],
        "resampling": frames["resampled-by-msd"],
    }
    return pd.concat([part.assign(what=what) for what, part in parts.items()], ignore_index=True)


def meaning(table: "pd.DataFrame", study: dict) -> str:
    """The verdict: whether MSD ranks the classes as AUM does."""
    (row,) = named_rows(table[table["what"] == "class means"])
    return f"Whether MSD ranks classes as AUM does: {_verdict(row)}."


def _verdict(row: Any) -> str:
    """What the intervals over classes and over members allow to say. row: of named_rows."""
    ends = f"{correlation(row.value)} over {row.n:.0f} classes"
    lows = [low for low in (row.low, row.member_low) if low == low]
    highs = [high for high in (row.high, row.member_high) if high == high]
    if lows and min(lows) > 0:
        return f"it does ({ends})"
    if highs and max(highs) < 0:
        return f"it reverses their order ({ends})"
    return f"undecided ({ends}, an interval contains 0)"


def caption(table: "pd.DataFrame", study: dict) -> str:
    (row,) = named_rows(table[table["what"] == "class means"])
    over = f"{correlation(row.low)} to {correlation(row.high)} over classes, 90%"
    members = f"{correlation(row.member_low)} to {correlation(row.member_high)} over members, 95%"
    bridge = (
        f"Spearman correlation of the class means of MSD and AUM, both signed so that high is hard:"
        f" {correlation(row.value)} ({over}; {members}).{_controls(table)}"
    )
    retrained = table[table["what"] == "resampling"]["members"].iloc[0]
    told = {"dataset": study["dataset"], **study["trained"]}
    return CAPTION.format(members=f"{retrained:.0f}", bridge=bridge, **told)


def _controls(table: "pd.DataFrame") -> str:
    """How the class means of controls correlate with AUM's, if they are scored."""
    rows = table[table["what"] == "control"]
    values = zip(rows["with"], rows["value"], strict=True)
    texts = [f"{CONTROLS[name]} {correlation(value)}" for name, value in values]
    return f" Controls, with AUM: {', '.join(texts)}." if texts else ""


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """One section per way of resampling; each estimator against full, and against the first."""
    changes = table[table["what"] == "resampling"]
    ways = grouped(changes, ["over", "under", "mode", "setting"], sort=False)
    for (over, under, mode, setting), rows in ways:
        lines = []
        for (estimator, than), part in grouped(rows, ["estimator", "than"], sort=False):
            of = {row.measure: row for row in named_rows(part)}
            cells = [_change(of[measure]) for measure in ("accuracy", "spread of recall")]
            lines.append([estimator_label(estimator), _than(than), *cells])
        yield f"{strategy(over, under)}, {setting_title(mode, setting)}", HEADER, lines


def _than(name: str) -> str:
    return name if name == "full" else f"by {estimator_label(name)}"


def _change(row: Any) -> str:
    return " ".join([points(row.change), interval(row.low, row.high)])
