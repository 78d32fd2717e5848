"""Which draw of a training set a member trains on."""

from typing import TypeVar

import numpy as np

Members = TypeVar("Members", int, np.ndarray)


def draw_of(member: Members, draws: int) -> Members:
    """The draw that a member trains on: members take the draws of a set in turn.

    member: the member's seed, or an array of seeds; draws: of the set, at least 1.
    """
    return member % draws
