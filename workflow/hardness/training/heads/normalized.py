"""The multi-head normalized classifier of Tang et al. (2020), and its inference by total direct
effect (TDE).

The features' dimensions are cut into equal groups x_h. The logits are tau / groups times the sum
over groups of w_h.x_h / (|x_h| (|w_h| + gamma)). In training the head keeps a moving sum of the
batches' mean features. With `alpha` above 0, inference subtracts from each x_h / |x_h| alpha times
its component along that sum: TDE is a second inference of the same trained network.
"""

import torch
import torch.nn.functional as F

from hardness.training.layers import Linear

MOMENTUM = 0.9  # of the moving sum


class Normalized(Linear):
    """drift: (K*inputs,) the moving sum m <- 0.9 m + mean of the batch's features."""

    drift: torch.Tensor

    def __init__(
        self, members: int, inputs: int, outputs: int, groups: int, tau: float, gamma: float
    ) -> None:
        super().__init__(members, inputs, outputs, bias=False, scale=tau / groups)
        if inputs % groups:
            raise ValueError(
                f"the recipe's head: {inputs} features do not make {groups} equal groups; expected "
                "groups that divide them"
            )
        self.groups, self.gamma = groups, gamma
        self.alpha = 0.0  # of inference
        self.register_buffer("drift", torch.zeros(members * inputs))

    def _grouped(self, values: torch.Tensor) -> torch.Tensor:
        """(K, inputs, ...) as (K * groups, inputs / groups, ...)."""
        return values.unflatten(1, (self.groups, -1)).flatten(0, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.training:
            with torch.no_grad():
                self.drift.mul_(MOMENTUM).add_(x.mean(dim=2).flatten())
        features = F.normalize(self._grouped(x), dim=1)
        if self.alpha and not self.training:
            along = F.normalize(self._grouped(self.drift.view(self.members, -1, 1)), dim=1)
            features = features - self.alpha * (features * along).sum(1, keepdim=True) * along
        weight = self.weight.view(self.members, -1, self.weight.shape[1]).transpose(1, 2)
        weight = self._grouped(weight)  # (K * groups, inputs / groups, outputs)
        weight = weight / (weight.norm(dim=1, keepdim=True) + self.gamma)
        logits = torch.bmm(weight.transpose(1, 2), features)
        return self.scale * logits.unflatten(0, (self.members, self.groups)).sum(1)


def head(
    members: int,
    inputs: int,
    outputs: int,
    groups: int = 2,
    tau: float = 16,
    gamma: float = 1 / 32,
) -> Normalized:
    return Normalized(members, inputs, outputs, groups, tau, gamma)
