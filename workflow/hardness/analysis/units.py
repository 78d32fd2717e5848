"""The units of a test, which are independent of each other: members, or the draws that they share.

Members that train on the same draw are not independent samples of the effect of a training set. If
some members share a draw, the draws are the units, if there are enough of them.
"""

from collections.abc import Sequence

import numpy as np

from hardness.core.draws import draw_of
from hardness.core.intervals import SHARED


def is_shared(draws: int, members: int) -> bool:
    """Whether some members share a draw of a set, but not all share the same one."""
    return 1 < draws < members


def _shared(draws: Sequence[int], members: int) -> set[int]:
    return {number for number in draws if is_shared(number, members)}


def is_testable(draws: Sequence[int], members: int) -> bool:
    """Whether sets with these numbers of draws can be tested together: not if members share 2 to 5
    draws, or different numbers of them.
    """
    shared = _shared(draws, members)
    return not shared or (len(shared) == 1 and min(shared) >= SHARED)


def units_of(values: np.ndarray, draws: Sequence[int]) -> np.ndarray | None:
    """The values of independent units: the members' values (M, ...), or, if members share draws,
    the means over each draw's members (D, ...). None if nothing can be tested.

    draws: the number of draws of each set of the family.
    """
    members = len(values)
    if not is_testable(draws, members):
        return None
    shared = _shared(draws, members)
    if not shared:
        return values
    (number,) = shared
    draw = draw_of(np.arange(members), number)
    return np.stack([values[draw == d].mean(axis=0) for d in range(number)])
