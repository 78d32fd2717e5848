"""Shared by the figures of re-balancing: the methods shown, their colors, and means over seeds."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from hardness.evidence.plots import _select as select
from hardness.evidence.plots import _style as style

COLORS = {
    "Base": style.COLORS["full"],
    "Class-balanced loss, beta 0.9999": "#D55E00",
    "Difficulty": "#0072B2",
    "Difficulty, c 0.1": "#56B4E9",
    "Difficulty, c 10": "#009E73",
    "Difficulty, start permutation": "#CC79A7",
}
OTHER = style.COLORS["reference"]


def named(frame: pd.DataFrame, study: Mapping) -> pd.DataFrame:
    """The rows of long-tailed sets, each with its method, base (recipe), epochs, and the draws of
    its set.
    """
    told = study["rebalancing"]
    frame = frame[frame["set"].isin(told["ratios"])].reset_index(drop=True)
    for name, key in (("method", "methods"), ("base", "bases"), ("epochs", "epochs")):
        frame[name] = frame["recipe"].map(told[key])
    return frame.assign(draws=frame["set"].map(told["draws"]))


def over_seeds(frame: pd.DataFrame, by: list[str], value: str) -> pd.DataFrame:
    """Means of a column with their 95% intervals: by set, base, method, epochs, and the columns
    `by`, in the order in which these first appear. frame: of `named`.
    """
    keys = ["set", "base", "method", "epochs", *by]
    order = {key: place for place, key in enumerate(frame[keys].itertuples(index=False, name=None))}
    made = select.summarize(frame, keys, value)
    places = [order[key] for key in made[keys].itertuples(index=False, name=None)]
    return made.iloc[pd.Series(places).argsort()].reset_index(drop=True)


def panel_title(name: str, base: str, epochs: int) -> str:
    """Such as "long-tailed-100, parity-slow (30 epochs)"."""
    return f"{name}, {base} ({epochs} epochs)"


def color_of(method: str) -> str:
    return COLORS.get(method, OTHER)


def plain_numbers(axis: Axis, subs: tuple[float, ...] = (1, 2, 5)) -> None:
    """A logarithmic axis with numbers such as 0.5 and 20. subs: those labelled in each decade."""
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.set_minor_locator(NullLocator())
