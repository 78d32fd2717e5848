"""The learning rate's schedule, and the optimizer."""

import math
from bisect import bisect_right
from collections.abc import Sequence

import torch
from torch.optim.adam import adam
from torch.optim.sgd import sgd


def learning_rate(schedule: dict, base: float, progress: float) -> float:
    """The learning rate at `progress` (0..1, see `progress`).

    steps: base x factor at each share in `at`; cosine: from base to 0; one-cycle: linearly up to
    base over the first `warmup` share of the steps, then linearly down to 0.
    """
    match schedule["name"]:
        case "constant":
            return base
        case "steps":
            return base * schedule["factor"] ** sum(progress >= at - 1e-9 for at in schedule["at"])
        case "cosine":
            return base * 0.5 * (1 + math.cos(math.pi * progress))
        case "one-cycle":
            warmup = schedule["warmup"]
            return base * (
                progress / warmup if progress < warmup else (1 - progress) / (1 - warmup)
            )
    raise ValueError(f"unknown schedule {schedule['name']!r}: constant, steps, cosine or one-cycle")


def progress(step: int, steps: int, epochs: int, restarts: Sequence[int]) -> float:
    """The share (0..1) that is done of the current stage: the epochs between two restarts.

    step: the steps done, over all epochs; steps: per epoch; restarts: the epochs, rising, before
    which the schedule starts again.
    """
    begins = [0, *restarts, epochs]
    stage = bisect_right(begins[:-1], step // steps)
    begin, end = begins[stage - 1] * steps, begins[stage] * steps
    return (step - begin) / (end - begin)


def _gradient(parameter: torch.Tensor) -> torch.Tensor:
    if parameter.grad is None:
        raise ValueError("a parameter got no gradient: the network's output does not depend on it")
    return parameter.grad


class Optimizer:
    """torch's own fused SGD or Adam in functional form, because torch.optim's classes import half
    of torch's compiler (0.9 s per job).
    """

    def __init__(self, settings: dict, parameters: Sequence[torch.Tensor]) -> None:
        names = {"sgd": ("momentum",), "adam": ("exp_avg", "exp_avg_sq")}[settings["name"]]
        self.settings, self.parameters = settings, list(parameters)
        self.state = {
            name: [torch.zeros_like(parameter) for parameter in parameters] for name in names
        }
        if settings["name"] == "adam":
            self.state["steps"] = [
                torch.zeros((), dtype=torch.float32, device=parameter.device)
                for parameter in parameters
            ]

    def tensors(self) -> dict[str, torch.Tensor]:
        """All tensors of the state, by name."""
        return {
            f"{name}.{number}": value
            for name, values in self.state.items()
            for number, value in enumerate(values)
        }

    def restart(self) -> None:
        """Reset the state to that before the first step."""
        for value in self.tensors().values():
            value.zero_()

    def step(self, lr: torch.Tensor) -> None:
        """Do one step with the learning rate `lr` (), a tensor that a CUDA graph reads anew in
        every replay.
        """
        settings, parameters = self.settings, self.parameters
        gradients = [_gradient(parameter) for parameter in parameters]
        if settings["name"] == "sgd":
            sgd(
                parameters,
                gradients,
                [*self.state["momentum"]],
                fused=True,
                lr=lr,
                weight_decay=settings["weight_decay"],
                momentum=settings["momentum"],
                nesterov=settings["nesterov"],
                dampening=0,
                maximize=False,
            )
        else:
            adam(
                parameters,
                gradients,
                self.state["exp_avg"],
                self.state["exp_avg_sq"],
                [],
                self.state["steps"],
                fused=True,
                lr=lr,
                weight_decay=settings["weight_decay"],
                amsgrad=False,
                beta1=0.9,
                beta2=0.999,
                eps=1e-8,
                maximize=False,
            )
        for parameter in parameters:
            parameter.grad = None
