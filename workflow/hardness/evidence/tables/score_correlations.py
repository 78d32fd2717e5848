"""Correlations of scores without labels with every other score, plain and given controls."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hardness.evidence.labels import estimator_label
from hardness.evidence.pairs import sided
from hardness.evidence.rows import named_rows
from hardness.evidence.tables._text import correlation

if TYPE_CHECKING:
    import pandas as pd

NUMBER = None
INPUTS = ("score-correlations",)
OURS = ("msd", "lgn")
CONTROLS = ("feature-norm", "contrast")
GIVEN = (*CONTROLS, "+".join(CONTROLS))
CAPTION = (
    "Correlations of MSD and LGN (networks that learn without labels) with every other score of"
    " {dataset}; each score is the mean of {members} members, signed so that high is hard."
    " Spearman, Pearson: over {n} samples, with the 95% interval over samples (bootstrap) and in"
    " parentheses that over members (jackknife). Given: partial Spearman correlations, given the"
    " controls. Alone: the plain Spearman correlation of a control with the score. Classes:"
    " Spearman over the means of the {classes} classes, with the 90% interval over classes"
    " (Fisher's z) and in parentheses the 95% interval over members. {without_labels}."
)
HEADER = ["Score", "Spearman", "Pearson", "Given feature norm", "Given contrast", "Given both",
          "Feature norm alone", "Contrast alone", "Classes", "Contrast alone, classes"]  # fmt: skip


def table(frames: dict[str, "pd.DataFrame"], study: dict) -> "pd.DataFrame":
    """The rows of correlations.csv with MSD, LGN or a control in the pair: `score`, and `with` the
    other.
    """
    return sided(frames["score-correlations"], [*OURS, *CONTROLS])


def meaning(table: "pd.DataFrame", study: dict) -> str:
    """The correlation of MSD with AUM, plain and given the controls."""
    plain, given = (_one(table, "msd", "aum", given) for given in ("", GIVEN[-1]))
    if plain is None or given is None:
        return "How scores without labels correlate with scores that read labels."
    return (
        f"How MSD correlates with AUM: {correlation(plain.value)} over samples,"
        f" {correlation(given.value)} given the feature's length and the contrast."
    )


def caption(table: "pd.DataFrame", study: dict) -> str:
    samples = table[table["over"] == "samples"]
    counts = {"members": table["members"].iloc[0], "n": f"{samples['n'].iloc[0]:,}"}
    classes = table[table["over"] == "classes"]["n"].iloc[0]
    told = {"dataset": study["dataset"], **study["trained"]}
    return CAPTION.format(classes=classes, **told, **counts)


def sections(
    table: "pd.DataFrame", study: dict
) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """One section for each of MSD and LGN, a row per other score."""
    for name in OURS:
        others = table[table["score"] == name]["with"].drop_duplicates()
        if len(others):
            yield estimator_label(name), HEADER, [_row(table, name, other) for other in others]


def _row(rows: "pd.DataFrame", score: str, other: str) -> list[str]:
    asked = [(score, "samples", "spearman", ""), (score, "samples", "pearson", "")]
    asked += [(score, "samples", "spearman", given) for given in GIVEN]
    asked += [(control, "samples", "spearman", "") for control in CONTROLS]
    asked += [(one, "classes", "spearman", "") for one in (score, "contrast")]
    cells = [_cell(_one(rows, one, other, given, over, kind)) for one, over, kind, given in asked]
    return [estimator_label(other), *cells]


def _one(
    table: "pd.DataFrame", score: str, other: str, given: str, over: str = "samples",
    kind: str = "spearman",
) -> Any:  # fmt: skip
    """The one row that is asked for, of named_rows, or None."""
    same = table["given"].fillna("") == given
    chosen = table[(table["score"] == score) & (table["with"] == other) & same
                   & (table["over"] == over) & (table["kind"] == kind)]  # fmt: skip
    return next(iter(named_rows(chosen)), None)


def _cell(row: Any) -> str:
    """Such as +0.28 +0.26 to +0.30 (+0.11 to +0.45); nothing where there is none."""
    if row is None:
        return ""
    texts = [correlation(row.value)]
    for low, high, form in ((row.low, row.high, "{}"), (row.member_low, row.member_high, "({})")):
        ends = [correlation(low), correlation(high)]
        texts += [form.format(" to ".join(ends))] if all(ends) else []
    return " ".join(texts)
