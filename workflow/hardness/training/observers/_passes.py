"""Shared by the passes (a leading underscore: this is no observer). A pass runs the network in eval
mode on rows without augmentation, before the first epoch and after each.

It leaves loss, margin and correct of each epoch, and two sums of the predictions' shifts, from
which difficulty is computed (Yu et al. 2022): `du` of shifts in the unlearning direction, `dl` of
shifts in the learning direction. du + dl of an epoch is the symmetric Kullback-Leibler divergence
between its predictions and those of the epoch before. For du and dl, the predictions before the
first epoch are uniform over classes; for untrained_du and untrained_dl, those of the untrained
network.
"""

import numpy as np
import torch
from torch import nn

from hardness.training.measures import by_member, half, measures
from hardness.training.protocols import Evaluate, Observer, Setting, State

HALVES = ("loss", "margin")
SUMS = ("du", "dl", "untrained_du", "untrained_dl")
LEAST = 1e-8  # p is clamped to it, because its logarithm is taken


def shifts(
    before: torch.Tensor, after: torch.Tensor, labels: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """du and dl, each (n, K), of the change from the probabilities `before` to `after`, (n, K,
    classes). labels: (n, K). The classes' terms are (p' - p) ln(p'/p); du sums those where p_y fell
    or another class's p rose, dl the others.
    """
    change = after - before
    terms = change * (after.log() - before.log())
    rose = change > 0
    unlearning = rose.scatter(2, labels[..., None], ~rose.gather(2, labels[..., None]))
    return (terms * unlearning).sum(2), (terms * ~unlearning).sum(2)


class Pass(Observer):
    """own: True for the rows of each member's training set, in its order; False for those of the
    data set's training part.

    passes: the number of epochs before the last complete pass, -1 before the first pass; p: the
    predictions of that pass.
    """

    def __init__(self, setting: Setting, own: bool) -> None:
        self.setting, self.own = setting, own
        members = setting.members
        labels = setting.labels if own else np.tile(setting.data_labels[:, None], members)
        self.labels, n = torch.from_numpy(labels).to(setting.device), len(labels)
        self.passes = np.full((), -1, dtype=np.int64)
        shape = (members, setting.epochs, n)
        self.record = {name: np.zeros(shape, dtype=np.float16) for name in HALVES}
        self.record["correct"] = np.zeros(shape, dtype=bool)
        nothing = torch.zeros(n, members, device=setting.device, dtype=setting.dtype)
        self.sums = {name: nothing.clone() for name in SUMS}
        self.p = nothing.new_zeros(n, members, setting.classes)

    def state(self) -> State:
        return {**self.record, **self.sums, "p": self.p, "passes": self.passes}

    def between_epochs(self, epochs: int, evaluate: Evaluate) -> None:
        if self.passes == epochs:
            return
        logits = evaluate(own=True) if self.own else evaluate()
        after = logits.softmax(2).clamp_(min=LEAST)
        if epochs:
            self._write_down(epochs, logits)
            self._add_shifts(epochs, after)
        self.p.copy_(after)
        self.passes += 1

    def _write_down(self, epochs: int, logits: torch.Tensor) -> None:
        measured, setting = measures(logits, self.labels), self.setting
        when = f"in the pass after epoch {epochs}"
        halves = {
            name: half(by_member(measured[name]), setting.name, setting.seeds, when)
            for name in HALVES
        }
        for name, values in halves.items():
            self.record[name][:, epochs - 1] = values
        self.record["correct"][:, epochs - 1] = by_member(measured["correct"])

    def _add_shifts(self, epochs: int, after: torch.Tensor) -> None:
        shifted = shifts(self.p, after, self.labels)
        usual = shifted
        if epochs == 1:
            alike = torch.full_like(self.p, 1 / self.setting.classes)
            usual = shifts(alike, after, self.labels)
        for name, shift in zip(SUMS, (*usual, *shifted), strict=True):
            self.sums[name] += shift

    def arrays(self, network: nn.Module) -> dict[str, np.ndarray]:
        return {**self.record, **{name: by_member(held) for name, held in self.sums.items()}}
