"""Write one table of all estimators on all reproduced data sets, in all settings, with their cost:
docs/reproduction/estimators.csv, and estimators.md, with the neighbors in pixels only:

    PYTHONPATH=workflow python benchmarks/appendix_table.py

It reads docs/reproduction/*/tables/class-correlations.csv, and neighbours.json for the cost of
data-based estimators, measured on MNIST. Model-based estimators cost the training of networks.
"""

import json
from pathlib import Path

import pandas as pd

from hardness.evidence.kinds import MODEL_BASED, kind_of, place_of
from hardness.evidence.labels import estimator_label

HERE = Path(__file__).resolve().parent
REPRODUCTION = HERE.parent / "docs" / "reproduction"
COLUMNS = ["dataset", "setting", "space", "estimator", "kind", "classes", "rho", "low", "high", "p",
           "p_max", "compared", "verdict", "core_seconds"]  # fmt: skip
SHOWN = ("pixels", "predictions", "dynamics")  # of the page; the csv has all spaces
HEAD = """# All estimators on all reproduced data sets

Spearman correlation of an estimator's scores of the ten classes with the accuracy of ensembles on
them, with its 90% interval (Fisher's z); neighbours in pixels. **Bold**: related, corrected by
max-T for all estimators of the setting. The intervals say how little ten classes can show.
Settings: part, full, train-only, test-only as in each data set's own table
(`class-correlations`), which has the p-values, the other spaces and the verdicts; so has
[estimators.csv](estimators.csv).

Cost: core-seconds for the scores of 10,000 images among 60,000 (MNIST), once the neighbours are
there; these take {search:.0f}, once for all estimators. Model-based estimators cost their networks.
Made by `benchmarks/appendix_table.py`.

"""


def costs() -> tuple[dict[str, float], float]:
    """Return the core-seconds of each data-based estimator, and of the search that they share."""
    rows = json.loads((HERE / "neighbours.json").read_text(encoding="utf-8"))["rows"]
    found = {
        row["what"].split(": ")[1]: row["ours"]["median"]
        for row in rows
        if row["what"].startswith("mnist, ")
    }
    return found, found.pop("all of find_neighbours but its files")


def correlations(seconds: dict[str, float]) -> pd.DataFrame:
    files = sorted(REPRODUCTION.glob("*/tables/class-correlations.csv"))
    tables = [pd.read_csv(path, encoding="utf-8").assign(dataset=path.parts[-3]) for path in files]
    joined = pd.concat(tables, ignore_index=True)
    joined["kind"] = joined["estimator"].map(kind_of)
    joined["core_seconds"] = joined["estimator"].map(seconds)
    place = joined["estimator"].map(place_of)
    return joined.assign(place=place).sort_values(["dataset", "setting", "space", "place"])[COLUMNS]


def cell(row: pd.Series) -> str:
    if pd.isna(row["rho"]):
        return ""
    text = f"{row['rho']:+.2f}"
    if pd.notna(row["low"]):
        text += f" [{row['low']:+.2f}, {row['high']:+.2f}]"
    return f"**{text}**" if row["verdict"] == "related" else text


def page(table: pd.DataFrame) -> str:
    """Return a Markdown table: a row per estimator, a column per data set and setting."""
    shown = table[table["space"].isin(SHOWN)]
    cells = shown.assign(
        column=shown["dataset"] + ", " + shown["setting"], words=shown.apply(cell, axis=1)
    ).pivot(index="estimator", columns="column", values="words")
    seconds = shown.groupby("estimator")["core_seconds"].first()
    rows = []
    for name in sorted(cells.index, key=place_of):
        kind, cost = kind_of(name), seconds[name]
        spent = "its networks" if kind == MODEL_BASED else f"{cost:.3f}"
        rows.append([estimator_label(name), kind, spent, *cells.loc[name].fillna("")])
    header = ["Estimator", "Type", "Cost", *cells.columns]
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    seconds, search = costs()
    table = correlations(seconds)
    table.to_csv(
        REPRODUCTION / "estimators.csv", index=False, float_format="%.6g", encoding="utf-8"
    )
    text = HEAD.format(search=search) + page(table)
    (REPRODUCTION / "estimators.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
