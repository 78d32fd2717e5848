"""Write numbers and names for tables."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hardness.evidence.rows import named_rows

if TYPE_CHECKING:
    import pandas as pd

OVER = ("none", "random", "smote", "easy", "hard")  # the paper's order
KEYS = ["recipe", "baseline", "mode", "setting", "suffix"]  # of a family in effects/*.csv


def points(value: float, digits: int = 2, sign: bool = True) -> str:
    """A fraction in percentage points, such as +0.12; empty for a missing one."""
    if value is None or math.isnan(value):
        return ""
    return f"{round(100 * value, digits) + 0.0:{'+' if sign else ''}.{digits}f}".replace(
        "-", "\N{MINUS SIGN}"
    )


def interval(low: float, high: float) -> str:
    """Such as [-0.10, +0.34]; nothing without bounds."""
    return "" if math.isnan(low) or math.isnan(high) else f"[{points(low)}, {points(high)}]"


def correlation(value: float) -> str:
    """Such as +0.64; nothing for a missing one."""
    return "" if math.isnan(value) else f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def decided(verdicts: "pd.Series", what: str) -> str:
    """Verdicts in one line, such as "of 36 changes 2 are shown and 4 shown to be smaller than
    matters; 30 are undecided." what: "changes".
    """
    changed, none = verdicts.str.startswith("changed").sum(), (verdicts == "none").sum()
    undecided = len(verdicts) - changed - none
    if not changed and not none:
        return f"of {len(verdicts)} {what} none is shown; all are undecided."
    shown = f"{changed or 'none'} {'are' if changed > 1 else 'is'} shown"
    small = f"{none or 'none'} shown to be smaller than matters"
    return f"of {len(verdicts)} {what} {shown}, and {small}; {undecided} undecided."


def bold(text: str) -> str:
    """The text of a bold cell, in the form that tabulation.py reads."""
    return f"**{text}**"


def unsigned(*texts: str) -> str:
    """Texts of numbers that have no sign, side by side."""
    return " ".join(texts).replace("+", "")


def probability(p: float) -> str:
    if math.isnan(p):
        return ""
    return f"{p:.3f}" if p >= 0.001 else "<0.001"


def strategy(over: str, under: str, suffix: str = "") -> str:
    """Such as SMOTE-Easy (el2n): oversampling, then undersampling, and a family's suffix."""
    label = "-".join("SMOTE" if part == "smote" else part.capitalize() for part in (over, under))
    return label + (f" ({suffix})" if suffix else "")


def place(over: str, under: str) -> tuple:
    """The paper's order of strategies: None-Easy, X-None, X-Easy."""
    return over != "none", under != "none", OVER.index(over) if over in OVER else len(OVER), over


def of_families(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The frame with missing suffixes replaced by empty ones: groupby would leave out rows with
    missing ones.
    """
    return frame.assign(suffix=frame["suffix"].fillna(""))


def in_order(rows: "pd.DataFrame", key: Callable) -> "pd.DataFrame":
    """The rows sorted by key(row), which is a tuple."""
    keys = [key(row) for row in named_rows(rows)]
    return rows.iloc[sorted(range(len(rows)), key=keys.__getitem__)].reset_index(drop=True)


def family_place(row: Any, base_recipe: str) -> tuple:
    """The order of families, and of the strategies in each: the base recipe and its own full
    first.
    """
    family = (
        row.recipe != base_recipe,
        row.recipe,
        row.baseline != "own",
        row.mode,
        row.setting,
        row.suffix,
    )
    return family + place(row.over, row.under)


def setting_title(mode: str, setting: float) -> str:
    """Such as "Mode paper, α = 1"."""
    return f"Mode {mode}, {'α' if mode == 'paper' else 'ρ'} = {setting:g}"


def family_title(family: tuple, base_recipe: str) -> str:
    """Such as "Mode paper, α = 1 (el2n)", with the recipe and the baseline if they are not the
    usual ones.
    """
    recipe, baseline, mode, setting, suffix = family
    title = setting_title(mode, setting) + (f" ({suffix})" if suffix else "")
    title += f", recipe {recipe}" if recipe != base_recipe else ""
    against = {"own": "" if recipe == base_recipe else ", against full by the same recipe"}
    against |= {
        "base-recipe": f", against full by {base_recipe}",
        "origin": ", against full of the data set it is made from",
    }
    return title + against[baseline]
