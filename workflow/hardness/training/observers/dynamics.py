"""The training dynamics: measured in every training step, on its augmented views; and EL2N once,
after the probe epoch.

For a row that came twice in an epoch, the last view counts. A row that did not come has nan, and is
not correct.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from hardness.training.measures import by_member, half, measures
from hardness.training.protocols import Evaluate, Observer, Setting, State

HALVES = ("margin", "loss", "el2n", "true_logit")


def last_places(order: torch.Tensor) -> torch.Tensor:
    """The last place (n, K) of each row in an epoch's order (n, K), -1 where it has none."""
    places = torch.arange(len(order), device=order.device)[:, None].expand_as(order)
    return torch.full_like(order, -1).scatter_reduce_(0, order, places, "amax")


class Dynamics(Observer):
    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        shape = (setting.members, setting.epochs, setting.n)
        self.record = {name: np.zeros(shape, dtype=np.float16) for name in HALVES} | {
            "correct": np.zeros(shape, dtype=bool),
            "margin_sum": np.zeros(shape[::2], dtype=np.float32),
            "views": np.zeros(shape[::2], dtype=np.int32),
            "probe_el2n": np.zeros(shape[::2], dtype=np.float32),
        }

    def state(self) -> State:
        return self.record

    def between_epochs(self, epochs: int, evaluate: Evaluate) -> None:
        if epochs != self.setting.probe_epoch:
            return
        logits = evaluate()
        labels = torch.from_numpy(self.setting.labels).to(logits.device)
        self.record["probe_el2n"][:] = by_member(measures(logits, labels)["el2n"])

    def after_epoch(
        self, epoch: int, order: torch.Tensor, measured: Mapping[str, torch.Tensor]
    ) -> None:
        setting, place = self.setting, last_places(order)
        seen = by_member(place >= 0)
        place.clamp_(min=0)
        found = {name: by_member(values.gather(0, place)) for name, values in measured.items()}
        self.record["views"] += seen
        self.record["margin_sum"] += np.where(seen, found["margin"], 0)
        self.record["correct"][:, epoch] = found["correct"] & seen
        for name in HALVES:
            values = half(found[name], setting.name, setting.seeds, f"in epoch {epoch + 1}")
            self.record[name][:, epoch] = np.where(seen, values, np.float16(np.nan))

    def arrays(self, network: nn.Module) -> dict[str, np.ndarray]:
        record = dict(self.record)
        total, views = record.pop("margin_sum"), record.pop("views").astype(np.float32)
        aum = np.divide(total, views, out=np.full_like(total, np.nan), where=views > 0)
        return {"aum": aum, **record}


def observer(setting: Setting) -> Dynamics:
    return Dynamics(setting)
