"""Which draw of a training set a member trains on."""

from typing import overload

import numpy as np


@overload
def draw_of(member: int, draws: int) -> int: ...


@overload
def draw_of(member: np.ndarray, draws: int | np.ndarray) -> np.ndarray: ...


def draw_of(member: int | np.ndarray, draws: int | np.ndarray) -> int | np.ndarray:
    """The draw that a member trains on: members take the draws of a set in turn.

    member: the member's seed, or an array of seeds. draws: how many the set has, at least 1; or an
    array with one number per seed.
    """
    return member % draws
