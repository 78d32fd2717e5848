"""Correlations of pairs of scores, sorted by one score of the pair."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def sided(pairs: "pd.DataFrame", names: Sequence[str]) -> "pd.DataFrame":
    """The rows of unlabelled/correlations.csv with one of the names in a pair. That name becomes
    the column `score`, the other one `with`; a pair of two of the names comes twice. Rows are
    sorted by `names`, then in the csv's order of scores.
    """
    import pandas as pd

    every = [*dict.fromkeys([*pairs["first"], *pairs["second"]])]
    sides = (("first", "second"), ("second", "first"))
    parts = [
        pairs[pairs[own] == name].rename(columns={own: "score", other: "with"})
        for name in names
        for own, other in sides
    ]
    found = pd.concat(parts, ignore_index=True)
    places = [
        (names.index(a), every.index(b)) for a, b in zip(found["score"], found["with"], strict=True)
    ]
    order = sorted(range(len(found)), key=places.__getitem__)
    return found.iloc[order].reset_index(drop=True)
