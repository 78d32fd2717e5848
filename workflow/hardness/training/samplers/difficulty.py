"""Rows with replacement, with probability proportional to difficulty (Yu et al. 2022, Algorithm 1).

The difficulty of a row is (c + sum of du) / (c + sum of dl), over the passes so far (see
observers/_passes.py): before the first epoch all rows are equally likely. start: how the first
epoch is drawn: uniform, by this rule; permutation, every row once in random order. before: the
predictions before the first epoch: uniform over classes, or those of the untrained network.
"""

from collections.abc import Mapping

import numpy as np
import torch

from hardness.training.difficulty import difficulty
from hardness.training.protocols import Sampler, Setting, State
from hardness.training.samplers.permutation import draw_order

REPLACES = True
READS = "pass"
DRAW = 105  # random stream id
STARTS = ("uniform", "permutation")
BEFORE = {"uniform": ("du", "dl"), "untrained": ("untrained_du", "untrained_dl")}  # the sums' names


class Difficulty(Sampler):
    """sums: the names of du and dl in the state of a pass."""

    def __init__(self, setting: Setting, c: float, start: str, sums: tuple[str, str]) -> None:
        self.setting, self.c, self.start, self.sums = setting, c, start, sums

    def draw(self, member: int, epoch: int, observed: Mapping[str, State]) -> np.ndarray:
        seed, n = self.setting.seeds[member], self.setting.n
        if epoch == 0 and self.start == "permutation":
            return draw_order(seed, epoch, n)
        du, dl = self._shifts(member, observed)
        weights = difficulty(du, dl, self.c)
        rng = np.random.default_rng([DRAW, seed, epoch])
        return rng.choice(n, n, p=weights / weights.sum())

    def _shifts(self, member: int, observed: Mapping[str, State]) -> list[np.ndarray]:
        """The two sums (n,) float64 of the rows of a member's training set."""
        if "own-pass" in observed:
            passed, rows = observed["own-pass"], np.arange(self.setting.n)
        elif "pass" in observed:
            passed, rows = observed["pass"], self.setting.rows[:, member]
        else:
            raise ValueError("the sampler difficulty reads passes: say observe: pass in the recipe")
        columns = [torch.as_tensor(passed[name])[:, member] for name in self.sums]
        return [column.cpu().numpy().astype(np.float64)[rows] for column in columns]


def sampler(
    setting: Setting, c: float = 1, start: str = "uniform", before: str = "uniform"
) -> Difficulty:
    if not c > 0:
        raise ValueError(f"the recipe's sampler: c is {c}, expected a number above 0")
    for key, value, known in (("start", start, STARTS), ("before", before, BEFORE)):
        if value not in known:
            expected = " or ".join(known)
            raise ValueError(f"the recipe's sampler: {key} is {value!r}, expected {expected}")
    return Difficulty(setting, c, start, BEFORE[before])
