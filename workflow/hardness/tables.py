"""The study's tables, from csv alone: values as a DataFrame, and the same table to read, in Markdown, LaTeX and HTML.

Table I asks whether resampling changes precision and recall of easy and hard classes. Each cell holds the mean change
against the same seed's network on full; beside it two spreads that answer different questions. The paper's +- is the
standard deviation over classes of the mean change: how differently classes react. The interval is Student's t over
members of the group's mean change: how well the mean is known.
"""

import html as markup
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from . import artifacts
from .names import suffix_label
from .statistics import spread

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("resampling-effect",)
NUMBER = "I"
METRICS, GROUPS = ["precision", "recall"], ["easy", "hard"]
MARK = "†"  # beside an interval that excludes 0
CAPTION = (
    "Change in class-level precision and recall on the test set of {dataset} when the training set is resampled,"
    " mean over easy and over hard classes, in percentage points; one table per α (mode paper) and ρ (mode study)."
    " Each member is compared with the same seed's network on the full set. ±: standard deviation over classes of"
    " the mean change (dividing by the number of classes), as in the paper: how differently classes react, not how"
    " well the mean is known. In brackets: Student's t 95% interval over members (n) of the mean change. Where"
    " resampling has chance in it and one draw was made, it holds given this draw; with 2 to 5 draws that members"
    " share it is the range over draws. † the interval excludes 0; nothing is corrected for the number of cells"
    " (36 a table) or of tables. Groups of classes: {rule}."
)


def resampling_effect(evaluation: "pd.DataFrame", groups: "pd.DataFrame", study: dict) -> "pd.DataFrame":
    """Table I, a row a cell: set, mode, setting, over, under, metric, group, change, sd_over_classes, low, high,
    interval_excludes_0 (empty without an interval), interval (its kind), members, draws, classes, rule; fractions.

    evaluation: rows of full and of every resampled set; groups: groups.csv; study: base_recipe and sets are used.
    Raises ValueError if full or the resampled sets are missing, or if a set shares no seeds with full.
    """
    import pandas as pd

    evaluation = evaluation[evaluation["recipe"] == study["base_recipe"]]
    wide = {name: rows.pivot(index="seed", columns="class", values=METRICS) for name, rows in evaluation.groupby("set")}
    specs = {name: study["sets"][name] for name in wide if study["sets"][name]["kind"] == "resample"}
    if "full" not in wide or not specs:
        raise ValueError("the evaluation must hold 'full' and at least one resampled set, under the base recipe")
    rule = "; ".join(sorted(set(groups["rule"])))
    cells = []
    for name, spec in sorted(specs.items(), key=lambda item: _order(item[1])):
        seeds = wide[name].index.intersection(wide["full"].index)
        if seeds.empty:
            raise ValueError(f"{name} and full share no seeds: changes are paired by seed")
        change = wide[name].loc[seeds] - wide["full"].loc[seeds]
        draws = 1 if spec["over"] == "none" else spec["draws"]
        given = ", given one draw" if draws == 1 and spec["over"] != "none" else ""
        setting = float(spec["alpha"] if spec["mode"] == "paper" else spec["rho"])
        fixed = {"set": name, "mode": spec["mode"], "setting": setting, "over": spec["over"], "under": spec["under"]}
        for metric in METRICS:
            for group in GROUPS:
                values = change[metric][
                    list(groups.loc[groups["group"] == group, "class"])
                ].to_numpy()  # members x classes
                if not values.shape[1]:
                    continue
                low, high, kind = spread(values.mean(axis=1), seeds.to_numpy() % draws)
                cells.append({
                    **fixed, "metric": metric, "group": group, "change": values.mean(),
                    "sd_over_classes": values.mean(axis=0).std(ddof=0), "low": low, "high": high,
                    "interval_excludes_0": bool(low > 0 or high < 0) if kind.startswith("t over") else None,
                    "interval": kind + given,
                    "members": len(seeds), "draws": min(draws, len(seeds)), "classes": values.shape[1], "rule": rule,
                })  # fmt: skip
    return pd.DataFrame(cells)


def _order(spec: dict) -> tuple:
    """Mode, setting, then the paper's order: None-Easy, X-None, X-Easy."""
    over = ("none", "random", "smote", "easy", "hard")
    place = over.index(spec["over"]) if spec["over"] in over else len(over)
    setting = spec["alpha"] if spec["mode"] == "paper" else spec["rho"]
    return spec["mode"], setting, spec["over"] != "none", spec["under"] != "none", place, spec["over"]


def strategy_label(over: str, under: str) -> str:
    """Such as SMOTE-Easy: oversampling, then undersampling."""
    return "-".join("SMOTE" if name == "smote" else name.capitalize() for name in (over, under))


def caption(table: "pd.DataFrame", study: dict) -> str:
    return CAPTION.format(dataset=study["dataset"], rule="; ".join(sorted(set(table["rule"]))))


def _grids(table: "pd.DataFrame") -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """For each mode and setting: its title, its header, and its rows of text."""
    header = ["Strategy", *(f"{metric.capitalize()}, {group}" for metric in METRICS for group in GROUPS), "n", "Draws"]
    for (mode, setting), part in table.groupby(["mode", "setting"], sort=False):
        rows = []
        for (name, over, under), cells in part.groupby(["set", "over", "under"], sort=False):
            cells = cells.set_index(["metric", "group"])
            texts = [
                _cell(cells.loc[key]) if key in cells.index else "" for key in ((m, g) for m in METRICS for g in GROUPS)
            ]
            rows.append(
                [
                    strategy_label(over, under) + suffix_label(name),
                    *texts,
                    str(cells["members"].iloc[0]),
                    str(cells["draws"].iloc[0]),
                ]
            )
        yield f"Mode {mode}, {'α' if mode == 'paper' else 'ρ'} = {setting:g}", header, rows


def _cell(cell: "pd.Series") -> str:
    """Such as +0.12 ± 0.31 [-0.10, +0.34]†, in percentage points; without the brackets where there is no interval."""
    change, low, high = (f"{round(100 * cell[key], 2) + 0.0:+.2f}" for key in ("change", "low", "high"))
    marked = MARK if str(cell["interval_excludes_0"]).lower() == "true" else ""
    interval = "" if np.isnan(cell["low"]) else f" [{low}, {high}]{marked}"
    return f"{change} ± {100 * cell['sd_over_classes']:.2f}{interval}".replace("-", "\N{MINUS SIGN}")


def markdown(table: "pd.DataFrame", study: dict) -> str:
    lines = [caption(table, study), ""]
    for title, header, rows in _grids(table):
        lines += [f"**{title}**", "", f"| {' | '.join(header)} |", "|---|" + "---:|" * (len(header) - 1)]
        lines += [f"| {' | '.join(row)} |" for row in rows] + [""]
    return "\n".join(lines)


def latex(table: "pd.DataFrame", study: dict) -> str:
    """A table* for each mode and setting; needs the packages booktabs and graphicx."""
    lines = []
    for i, (title, header, rows) in enumerate(_grids(table)):
        lines += [
            r"\begin{table*}",
            r"\centering",
            rf"\caption{{{_tex(f'{title}. {caption(table, study)}' if not i else title)}.}}",
        ]
        lines += [r"\resizebox{\textwidth}{!}{%", rf"\begin{{tabular}}{{l{'r' * (len(header) - 1)}}}", r"\toprule"]
        lines += [" & ".join(map(_tex, header)) + r" \\", r"\midrule"]
        lines += [" & ".join(map(_tex, row)) + r" \\" for row in rows]
        lines += [r"\bottomrule", r"\end{tabular}}", r"\end{table*}", ""]
    return "\n".join(lines).replace("..}", ".}")


def _tex(text: str) -> str:
    signs = {"±": r"$\pm$", "\N{MINUS SIGN}": "$-$", MARK: r"$^\dagger$", "α": r"$\alpha$", "ρ": r"$\rho$"}
    signs |= {"_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#"}
    return "".join(signs.get(letter, letter) for letter in text)


def html(table: "pd.DataFrame", study: dict) -> str:
    """A <table> for each mode and setting, for the report (which adds the caption)."""
    parts = []
    for title, header, rows in _grids(table):
        head = "".join(f'<th scope="col">{markup.escape(text)}</th>' for text in header)
        lines = [[row[0], *(markup.escape(text).replace(" [", "<br>[") for text in row[1:])] for row in rows]
        cells = ["".join(f"<td>{text}</td>" for text in line[1:]) for line in lines]
        body = "".join(f'<tr><th scope="row">{line[0]}</th>{c}</tr>' for line, c in zip(lines, cells, strict=True))
        parts.append(
            f"<table><caption>{markup.escape(title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )
    return "\n".join(parts)


def described(path: "Path | str", study: dict) -> dict:
    """A table's number, caption and HTML for the report, from its csv if that is there."""
    try:
        text = caption(artifacts.read_csv(path), study)
    except (FileNotFoundError, artifacts.Damaged):
        text = ""  # the report says what is wrong with the file
    return {"number": NUMBER, "caption": text, "render": lambda table: html(table, study)}
