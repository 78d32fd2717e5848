"""Checks of what the parts of a recipe return, which may be a user's own files.

Messages name the file or the recipe's key, what was expected, and what to do.
"""

import traceback
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import nn

from hardness.core.errors import HardnessError
from hardness.training.layers import Network
from hardness.training.protocols import Objective, Setting, View

LOOP = Path(__file__).with_name("loop.py")
SAMPLES = 3  # in the batch that an objective is tried on before training


class PartError(HardnessError):
    """A part of the recipe returned something wrong, or failed."""


def logits(
    output: object, batch: int, members: int, classes: int, file: Path | str
) -> torch.Tensor:
    """A network's output as (B, K, classes). Raises PartError if it has another shape."""
    right = [(batch, members, classes), (batch, classes)][: 2 if members == 1 else 1]
    if not isinstance(output, torch.Tensor) or output.shape not in right:
        found = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
        advice = "" if members == 1 else "; a network of one member needs members_per_job: 1"
        raise PartError(
            f"{file}: for a batch of {batch} and {members} members its network returns {found}, "
            f"expected {' or '.join(map(str, right))}: one output for each of {classes} classes"
            f"{advice}"
        )
    return output.view(batch, members, classes)


def embeddings(output: object, batch: int, members: int, file: Path | str) -> torch.Tensor:
    """A network's output as (B, K, d), for any d. Raises PartError if it has another shape."""
    if not isinstance(output, torch.Tensor) or output.shape[:2] != (batch, members):
        found = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
        raise PartError(
            f"{file}: for a batch of {batch} and {members} members its network returns {found}, "
            f"expected {(batch, members)} and the numbers of an embedding"
        )
    return output


def with_features(network: nn.Module, file: Path) -> Network:
    """The network, if it has features. Raises PartError if it is its own head."""
    if not isinstance(network, Network):
        raise PartError(
            f"{file}: this network is its own head and has no features: write it as "
            "hardness/training/layers.py, Network, or ask for none (neighbours.spaces, observe)"
        )
    return network


def views(view: View, labelled: bool, files: Mapping[str, Path]) -> None:
    """Raise PartError unless an objective that compares two views of a sample gets two, and one
    that reads labels gets one. files: of the parts, by the recipe's key.
    """
    wanted = 1 if labelled else 2
    if view.views != wanted:
        raise PartError(
            f"{files['objective']}: this objective needs {wanted} of each sample's views, and the "
            f"recipe's {type(view).__name__} makes {view.views}: "
            + ("leave views out of the recipe" if labelled else "write views: twins in the recipe")
        )


def objective(
    part: Objective, setting: Setting, file: Path, options: Mapping, views: int = 1
) -> None:
    """Try an objective on a few logits, or embeddings of two views.

    Raises PartError unless its loss and its gradient are finite and have the right shapes.
    """
    shape = (views * SAMPLES, setting.members, setting.classes)
    rng = np.random.default_rng(0)
    logits = torch.from_numpy(rng.normal(size=shape)).to(setting.device, setting.dtype)
    rows = rng.integers(setting.n, size=SAMPLES)
    labels = torch.from_numpy(setting.labels[rows]).to(setting.device)
    size = (SAMPLES, setting.members)
    part.begin(0)
    for name, function, right in (
        ("loss", part.loss, size),
        ("gradient", part.gradient, shape),
    ):
        value = function(logits, labels)
        if not torch.is_tensor(value) or value.shape != right:
            found = tuple(value.shape) if torch.is_tensor(value) else type(value).__name__
            raise PartError(
                f"{file}: for logits {shape} (a batch of {SAMPLES}, K members, the classes) its "
                f"{name} is {found}, expected {right}"
            )
        if not torch.isfinite(value).all():
            raise PartError(
                f"{file}: for logits of about 1 its {name} is not finite: check its formula, and "
                f"the options that the recipe gives it ({dict(options) or 'none'})"
            )


def order(drawn: object, n: int, file: Path) -> np.ndarray:
    """A sampler's draw, as (n,) int64. Raises PartError if it is no such array of rows 0..n-1."""
    rows = np.asarray(drawn)
    if rows.shape != (n,) or rows.dtype.kind not in "iu":
        raise PartError(
            f"{file}: its sampler draws {rows.dtype} {rows.shape}, expected {n} whole numbers, the "
            "rows of an epoch in their order"
        )
    if n and not (rows.min() >= 0 and rows.max() < n):
        raise PartError(
            f"{file}: its sampler draws rows from {rows.min()} to {rows.max()}, expected rows of "
            f"the training set, from 0 to {n - 1}"
        )
    return rows.astype(np.int64, copy=False)


def blamed(error: Exception, name: str, files: Mapping[str, Path]) -> PartError | None:
    """The error as a PartError, if a part of the recipe caused it: it was raised in a part's file
    or in code that this called, or by torch in the network's forward or backward pass. Else None.

    name: the block's; files: of the parts, by the recipe's key. If the file itself raised the
    error, its message is kept; otherwise the error's kind and the file's line are named.
    """
    kind, known = type(error).__name__, {str(file) for file in files.values()}
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename in known]
    loop = {frame.name for frame in frames if frame.filename == str(LOOP)}
    if own:
        line = own[-1].line or ""
        said = str(error) if line.startswith("raise ") else f"{kind} in `{line}`"
        return PartError(f"{name}: {own[-1].filename}, line {own[-1].lineno}: {said}")
    if "forward" in loop:
        return PartError(
            f"{name}: {kind} in the network of {files['model']}: its layers do not fit its input, "
            "images (B, K*C, H, W) or rows (B, K*d) of B samples and K members, or each other"
        )
    if "update" in loop:
        return PartError(
            f"{name}: {kind} on the way back through the loss of {files['objective']} and the "
            f"network of {files['model']}: each parameter must get a gradient, and nothing that "
            "the gradient needs may be changed in place"
        )
    return None
