"""A pass after each epoch: the network in eval mode on all rows of the data set's training part, as
they are, trained on or not.

It leaves loss, margin and correct of each epoch, and the two sums of the prediction's shifts that
difficulty is made from (Yu et al. 2022): of shifts in an unlearning direction `du`, and in a
learning one `dl`. du + dl of an epoch is the symmetric Kullback-Leibler divergence between its
predictions and those of the epoch before; before the first one all classes are equally likely.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from hardness.training.measures import by_member, half, measures
from hardness.training.protocols import Observer, Setting, State

HALVES = ("loss", "margin")
LEAST = 1e-8  # p is not below it: a logarithm is taken


def shifts(
    before: torch.Tensor, after: torch.Tensor, labels: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """du and dl (n, K) from the probabilities `before` to those `after`, (n, K, classes), of labels
    (n, K): of the classes' terms (p' - p) ln(p'/p), du has those where p_y fell or another rose.
    """
    change = after - before
    terms = change * (after.log() - before.log())
    rose = change > 0
    unlearning = rose.scatter(2, labels[..., None], ~rose.gather(2, labels[..., None]))
    return (terms * unlearning).sum(2), (terms * ~unlearning).sum(2)


class Pass(Observer):
    """passes: how many are complete, a counter of its own; p: the predictions of the last one."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        n, members = len(setting.data_labels), setting.members
        self.labels = torch.from_numpy(setting.data_labels).to(setting.device)
        self.labels = self.labels[:, None].expand(-1, members)
        self.passes = np.zeros((), dtype=np.int64)
        shape = (members, setting.epochs, n)
        self.record = {name: np.zeros(shape, dtype=np.float16) for name in HALVES}
        self.record["correct"] = np.zeros(shape, dtype=bool)
        nothing = torch.zeros(n, members, device=setting.device, dtype=setting.dtype)
        self.sums = {name: nothing.clone() for name in ("du", "dl")}
        self.p = nothing.new_full((n, members, setting.classes), 1 / setting.classes)

    def state(self) -> State:
        return {**self.record, **self.sums, "p": self.p, "passes": self.passes}

    def between_epochs(self, epochs: int, evaluate: Callable[[], torch.Tensor]) -> None:
        if self.passes == epochs:  # of this epoch already, or there is none yet
            return
        logits, setting = evaluate(), self.setting
        measured, when = measures(logits, self.labels), f"in the pass after epoch {epochs}"
        halves = {
            name: half(by_member(measured[name]), setting.name, setting.seeds, when)
            for name in HALVES
        }
        for name, values in halves.items():
            self.record[name][:, epochs - 1] = values
        self.record["correct"][:, epochs - 1] = by_member(measured["correct"])
        after = logits.softmax(2).clamp_(min=LEAST)
        for held, shift in zip(self.sums.values(), shifts(self.p, after, self.labels), strict=True):
            held += shift
        self.p.copy_(after)
        self.passes += 1

    def arrays(self, network: nn.Module) -> dict[str, np.ndarray]:
        return {**self.record, **{name: by_member(held) for name, held in self.sums.items()}}


def observer(setting: Setting) -> Pass:
    return Pass(setting)
